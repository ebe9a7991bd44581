// Makes dist/: each program in one file with the packages that it uses, and those packages' licences. Only SQLite's addon
// stays a package of its own. The programs are CommonJS, as V8 keeps the compiled form of scripts alone in Node 20.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

const { outputFiles, metafile } = await build({
  absWorkingDir: root,
  entryPoints: {
    main: 'src/start.ts',
    program: 'src/main.ts',
    worker: 'src/sync/worker.ts',
    child: 'src/guarded-sql/child.ts',
  },
  outdir: 'dist',
  write: false,
  metafile: true,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'cjs',
  // src/code-cache.ts reads them as such. (esbuild leaves regular expressions and tagged templates as they are.)
  charset: 'ascii',
  external: ['better-sqlite3'],
  // Names stay, so that a trace of calls can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  // They are in the licences' file.
  legalComments: 'none',
  banner: { js: "'use strict';var importMetaUrl=require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'importMetaUrl' },
  logLevel: 'warning',
});

/** The folders of the packages that are bundled. */
function packages() {
  const folders = Object.keys(metafile.inputs).map(
    (input) => /^.*\/?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0],
  );
  return [...new Set(folders)].filter((folder) => folder !== undefined).sort();
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const texts = readdirSync(join(root, folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const said = texts.map((file) => readFileSync(join(root, folder, file), 'utf8').trim());
  return [`${name} ${version} (${license})`, ...said].join('\n\n');
}

for (const { path, text } of outputFiles) {
  const at = text.search(/\P{ASCII}/u);
  if (at !== -1) throw new Error(`${basename(path)} is not ASCII, at ${JSON.stringify(text.slice(at - 40, at + 20))}`);
}

const licences = packages().map(licenceOf);
const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), Buffer.from(contents)]));
files.set('package.json', Buffer.from('{"type":"commonjs"}\n'));
files.set(
  'THIRD-PARTY-LICENSES.txt',
  Buffer.from(
    `The files of this folder hold the following packages.\n\n${licences.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`,
  ),
);

// What is in use meanwhile, and has not changed, is left alone.
mkdirSync(dist, { recursive: true });
for (const name of readdirSync(dist)) if (!files.has(name)) rmSync(join(dist, name), { recursive: true });
for (const [name, contents] of files) {
  const file = join(dist, name);
  if (!existsSync(file) || !contents.equals(readFileSync(file))) writeFileSync(file, contents);
}
