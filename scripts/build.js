// Makes dist/: each program in one file with the packages that it uses, as one file starts sooner than many, and those
// packages' licences. better-sqlite3 stays a package of its own, as it holds a binary for each platform.
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildPages } from './build-pages.js';
import { buildScript } from './build-script.js';
import { licencesOf } from './licences.js';

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

const pages = await buildPages(root, dist);
const script = await buildScript(root, dist);
const inputs = [...Object.keys(metafile.inputs), ...pages.inputs, ...script.inputs];
writeFileSync(join(dist, licencesFile), licencesOf(root, inputs));
writeFileSync(join(dist, 'package.json'), '{"type":"commonjs"}\n');

// What an earlier build left.
const outputs = [...Object.keys(metafile.outputs), ...pages.files, ...script.files].map((file) => basename(file));
const made = new Set([licencesFile, 'package.json', ...outputs]);
for (const name of readdirSync(dist)) if (!made.has(name)) rmSync(join(dist, name), { recursive: true });
