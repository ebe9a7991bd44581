// Makes what clients install by themselves, each with the program in it: an MCPB bundle, a plugin of Claude Code, an
// extension of the Gemini CLI; and what the registry of MCP servers is told of the bundle. Run `npm run build` before.
// Usage: node scripts/pack.js [mcpb] [claude-code] [gemini] [registry]
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prompts } from '../src/prompts/registry.ts';
import { isPublished } from '../src/published.ts';
import { serverJson } from './server-json.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'dist-packages');
const manifest = readJson('package.json');
const bundle = join(out, `${manifest.name}-${manifest.version}.mcpb`);

function readJson(file) {
  return JSON.parse(readFileSync(join(root, file), 'utf8'));
}

function writeText(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Copies what is packed of `kind` into an empty folder, the program and its licence beside it, and sets the version. */
function stage(kind, versioned) {
  const folder = join(out, kind);
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(root, 'packaging', kind), folder, { recursive: true });
  const described = readJson(`packaging/${kind}/${versioned}`);
  writeText(join(folder, versioned), `${JSON.stringify({ ...described, version: manifest.version }, null, 2)}\n`);
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  cpSync(join(root, 'packaging/icon.png'), join(folder, dirname(versioned), 'icon.png'));
  stageProgram(join(folder, 'server'));
  return folder;
}

/** The program as npm packs it, and of SQLite's package what runs: not its source. */
function stageProgram(folder) {
  for (const file of ['dist', 'migrations', 'src/guides', 'src/prices.json', 'LICENSE'])
    cpSync(join(root, file), join(folder, file), { recursive: true, filter: (from) => !/\.ts$/.test(from) });
  const { name, version, type, license } = manifest;
  writeText(join(folder, 'package.json'), `${JSON.stringify({ name, version, type, license }, null, 2)}\n`);
  for (const part of ['package.json', 'LICENSE', 'lib', 'prebuilds'])
    cpSync(join(root, 'node_modules/better-sqlite3', part), join(folder, 'node_modules/better-sqlite3', part), {
      recursive: true,
    });
}

/** The folder of `kind` as one file, for the page of a release. */
function archive(kind) {
  const file = `${manifest.name}-${kind}-${manifest.version}.tar.gz`;
  execFileSync('tar', ['-czf', file, '-C', kind, '.'], { cwd: out, stdio: ['ignore', 'inherit', 'inherit'] });
  return join(out, file);
}

/** The argument that a prompt needs, if any. (A command takes one text, so that no prompt may need two.) */
function neededBy({ name, arguments: taken }) {
  const [needed, second] = taken.filter(({ required }) => required);
  if (second !== undefined) throw new Error(`${name} needs two arguments, and a command takes one`);
  return needed?.name;
}

/** A prompt's text with `place` where the client puts what its user typed. */
function written(prompt, place) {
  const needed = neededBy(prompt);
  return prompt.write(needed === undefined ? {} : { [needed]: place });
}

const packers = {
  mcpb: () => {
    const folder = stage('mcpb', 'manifest.json');
    const tool = join(root, 'node_modules/@anthropic-ai/mcpb/dist/cli/cli.js');
    const run = (...args) =>
      execFileSync(process.execPath, [tool, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
    run('validate', join(folder, 'manifest.json'));
    run('pack', folder, bundle);
    return bundle;
  },
  'claude-code': () => {
    const folder = stage('claude-code', '.claude-plugin/plugin.json');
    for (const prompt of prompts) {
      const needed = neededBy(prompt);
      const hint = needed === undefined ? [] : [`argument-hint: <${needed}>`];
      const head = ['---', `description: ${JSON.stringify(prompt.description)}`, ...hint, '---', ''];
      const text = written(prompt, '$ARGUMENTS');
      writeText(join(folder, 'commands', `${prompt.name}.md`), `${[...head, text].join('\n')}\n`);
    }
    return archive('claude-code');
  },
  gemini: () => {
    const folder = stage('gemini', 'gemini-extension.json');
    for (const prompt of prompts) {
      const text = written(prompt, '{{args}}');
      const lines = [`description = ${JSON.stringify(prompt.description)}`, `prompt = ${JSON.stringify(text)}`];
      writeText(join(folder, 'commands', 'dunetrace', `${prompt.name}.toml`), `${lines.join('\n')}\n`);
    }
    return archive('gemini');
  },
  registry: () => {
    const sha256 = createHash('sha256').update(readFileSync(bundle)).digest('hex');
    const file = join(out, 'server.json');
    writeText(file, `${JSON.stringify(serverJson(readJson('server.json'), { sha256, isPublished }), null, 2)}\n`);
    return file;
  },
};

for (const kind of process.argv.slice(2)) {
  const pack = packers[kind];
  if (pack === undefined) throw new Error(`pack.js takes ${Object.keys(packers).join(', ')}, not ${kind}`);
  process.stdout.write(`${pack()}\n`);
}
