// Makes dist/: each program in one file with the packages that it uses, as one file starts sooner than many, and those
// packages' licences. better-sqlite3 stays a package of its own, as it holds a binary for each platform.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const licencesFile = 'THIRD-PARTY-LICENSES.txt';
const programs = ['main', 'server', 'program', 'sync/worker', 'guarded-sql/child', 'handover/copy-thread'];

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: programs.map((name) => `src/${name}.ts`),
  outdir: dist,
  entryNames: '[name]',
  metafile: true,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node22.14',
  // jsonc-parser's other form can't be bundled.
  mainFields: ['module', 'main'],
  external: ['better-sqlite3'],
  // Names stay, so that a trace of calls can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  // They are in the licences' file.
  legalComments: 'none',
  banner: { js: "'use strict';var importMetaUrl=require('url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'importMetaUrl' },
  logLevel: 'warning',
});

/** Some packages name a licence and leave out its text; another package has it. */
const texts = { 'Apache-2.0': join(root, 'node_modules/typescript/LICENSE') };

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const found = readdirSync(join(root, folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const files = found.length > 0 ? found.map((file) => join(root, folder, file)) : [texts[license]];
  if (files.includes(undefined)) throw new Error(`${name} has no text of its licence, ${license}`);
  return [`${name} ${version} (${license})`, ...files.map((file) => readFileSync(file, 'utf8').trim())].join('\n\n');
}

const folders = Object.keys(metafile.inputs).map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
const licences = [...new Set(folders)]
  .filter((folder) => folder !== undefined)
  .sort()
  .map(licenceOf);
const head = 'The files of this folder hold the following packages.';
writeFileSync(join(dist, licencesFile), `${[head, ...licences].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`);

writeFileSync(join(dist, 'package.json'), '{"type":"commonjs"}\n');

// What an earlier build left.
const made = new Set([licencesFile, 'package.json', ...Object.keys(metafile.outputs).map((file) => basename(file))]);
for (const name of readdirSync(dist)) if (!made.has(name)) rmSync(join(dist, name), { recursive: true });
