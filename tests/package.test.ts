import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { packageName } from '../src/clients/launch.ts';
import { guides } from '../src/guides/library.ts';
import { views } from '../src/tools/views.ts';
import { startFakeCustomerApi } from './support/fake-customer-api.ts';
import { callTool, connectTo } from './support/mcp-client.ts';
import { createPlace } from './support/program.ts';
import { fillSmallFleet } from './support/small-fleet.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const manifest = z
  .object({
    version: z.string(),
    scripts: z.record(z.string(), z.string()),
    bin: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(read('package.json')));

test('the package holds the program, the licences of what is in it, its migrations, its guides and its prices, and nothing else', () => {
  const npm = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const packed = JSON.parse(
    execFileSync('npm', npm, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  const list = z.object({ files: z.array(z.object({ path: z.string() })) });
  const found = z.union([z.array(list), z.record(z.string(), list)]).parse(packed);
  const paths = Object.values(found).flatMap(({ files }) => files.map(({ path }) => path));
  expect(paths).toEqual(
    expect.arrayContaining([
      manifest.bin['dunetrace-mcp'],
      'dist/worker.js',
      'dist/child.js',
      ...views.map((view) => `dist/${view}.html`),
      'dist/THIRD-PARTY-LICENSES.txt',
      'migrations/meta/_journal.json',
      ...Object.keys(guides).map((name) => `src/guides/${name}.md`),
      'src/prices.json',
      'README.md',
      'LICENSE',
    ]),
  );
  expect(
    paths.filter(
      (path) =>
        !/^(dist|migrations)\/|^src\/guides\/[a-z-]+\.md$|^src\/prices\.json$|^(README\.md|LICENSE|package\.json)$/.test(
          path,
        ),
    ),
  ).toEqual([]);
});

test('the packed program runs where nothing is installed but the addon that it names, wherever that is', async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url);
  const npm = ['pack', '--ignore-scripts', '--pack-destination', place.folder];
  const stdio = ['ignore', 'pipe', 'ignore'] as const;
  const packed = execFileSync('npm', npm, { cwd: root, encoding: 'utf8', stdio: [...stdio] }).trim();
  execFileSync('tar', ['-xzf', packed.split('\n').at(-1) ?? ''], { cwd: place.folder });
  const modules = join(place.folder, 'package', 'node_modules');
  mkdirSync(modules);
  symlinkSync(join(root, 'node_modules', 'better-sqlite3'), join(modules, 'better-sqlite3'));
  const script = join(place.folder, 'package', 'dist', 'main.js');
  const command = async (...args: string[]) => {
    const options = { env: place.env, cwd: place.folder };
    const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], options);
    return stdout;
  };
  expect(await command('--version')).toBe(`${manifest.version}\n`);
  const { env } = place;
  const client = await connectTo(
    new StdioClientTransport({ command: process.execPath, args: [script], env, stderr: 'ignore' }),
  );
  const ask = (name: string, args: Record<string, unknown> = {}) => callTool(client, name, args);
  const answers = [
    await ask('refresh_mirror'),
    await ask('get_instrumentation_guide', { framework: 'python' }),
    await ask('get_agent_token_stats', { agent_id: 'research-agent' }),
    await ask('query_mirror', { sql: 'SELECT count(*) AS n FROM v_runs' }),
  ];
  for (const { text, isError } of answers) expect(isError, text).toBe(false);
  expect(answers.at(-1)?.structured).toMatchObject({ rows: [[3]] });
  await client.close();
  expect(await command('sync', '--json')).toContain('"agents":2');
  expect(await command('report', '--out', '-')).toContain('Dunetrace report');
});

test('nothing that the package installs has an install script, which npm 12 would not run', () => {
  const { packages } = z
    .object({
      packages: z.record(
        z.string(),
        z.object({ dev: z.boolean().optional(), hasInstallScript: z.boolean().optional() }),
      ),
    })
    .parse(JSON.parse(read('package-lock.json')));
  const installed = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);
  expect(installed.map(([path]) => path)).toContain('node_modules/better-sqlite3');
  expect(installed.filter(([, { hasInstallScript }]) => hasInstallScript === true)).toEqual([]);
});

test('no part of a dependency is edited on its way into the build', () => {
  const scripts = readdirSync(new URL('../scripts', import.meta.url)).map((name) => read(`scripts/${name}`));
  for (const source of scripts) expect(source).not.toMatch(/plugins:|onLoad|onResolve|\.replace\(/);
  expect(read('scripts/build.js').trimEnd().split('\n').length).toBeLessThanOrEqual(70);
});

test('server.json, package.json and the pages agree on name, version and settings', () => {
  const { name, mcpName, version, repository } = z
    .object({ name: z.string(), mcpName: z.string(), version: z.string(), repository: z.object({ url: z.string() }) })
    .parse(JSON.parse(read('package.json')));
  const variables = z.array(z.object({ name: z.string(), default: z.string().optional(), isSecret: z.boolean() }));
  const server = z
    .object({
      name: z.string(),
      description: z.string().max(100),
      version: z.string(),
      repository: z.object({ url: z.string() }),
      packages: z.array(z.object({ identifier: z.string(), version: z.string(), environmentVariables: variables })),
    })
    .parse(JSON.parse(read('server.json')));
  expect(server).toMatchObject({ name: mcpName, version, packages: [{ version }] });
  expect(server.packages[0]?.identifier).toBe(
    `${server.repository.url}/releases/download/v${version}/${name}-${version}.mcpb`,
  );
  expect(repository.url).toBe(`git+${server.repository.url}.git`);
  expect(name).toBe(packageName);
  const settings = read('docs/settings.md');
  for (const variable of server.packages[0]?.environmentVariables ?? []) {
    const row = settings.split('\n').find((line) => line.startsWith(`| \`${variable.name}\` |`));
    expect(row).toContain(variable.default ?? '');
    expect(variable.isSecret).toBe(variable.name === 'DUNETRACE_API_KEY');
  }
  expect(read('CHANGELOG.md')).toContain(`## ${version}\n`);
});

test('docs/architecture.md tells of every folder of the source', () => {
  const text = read('docs/architecture.md');
  const folders = readdirSync(new URL('../src', import.meta.url), { withFileTypes: true }).filter((each) =>
    each.isDirectory(),
  );
  for (const { name } of folders) expect(text).toContain(`\`src/${name}\``);
});

test("the README's commands are scripts of the package, and its first screen has exactly two", () => {
  const screen = read('README.md').split('## Use it')[0] ?? '';
  const commands = [...screen.matchAll(/^npm .*?(?= {2}|$)/gm)].map(([command]) => command.trim());
  expect(commands).toEqual(['npm ci && npm run demo', 'npm ci && npm test']);
  for (const name of ['build', 'typecheck', 'lint', 'format', 'test', 'check', 'demo', 'db:generate']) {
    expect(Object.keys(manifest.scripts)).toContain(name);
  }
});

test('the README is one page', () => {
  expect(Buffer.byteLength(read('README.md'))).toBeLessThanOrEqual(7000);
});

test('docs name every setting and every command', () => {
  const [settings, commands] = [read('docs/settings.md'), read('docs/commands.md')];
  const config = read('src/config.ts');
  for (const [variable] of config.matchAll(/DUNETRACE_[A-Z_]+/g)) expect(settings).toContain(`\`${variable}\``);
  const program = read('src/cli/program.ts');
  for (const [, command] of program.matchAll(/\.command\('([a-z]+)'/g))
    expect(commands).toContain(`dunetrace-mcp ${command}`);
});
