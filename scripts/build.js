// Makes dist/: each program in one file with the packages that it uses, and those packages' licences. Only SQLite's addon
// stays a package of its own. The programs are CommonJS, as V8 keeps the compiled form of scripts alone in Node 20.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { sdkSchemas } from './sdk-schemas.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/**
 * What takes long to begin and few starts need is begun by the first call: the tables of string-width, for texts that are
 * not ASCII (30 ms), and the SDK's validator, for servers that ask their users and for clients (10 ms).
 */
const late = {
  name: 'late',
  setup({ onResolve, onLoad }) {
    const wrappers = {
      'string-width': (path) => `export default (...args) => require(${path}).default(...args);`,
      '../validation/ajv-provider.js': () => `export class AjvJsonSchemaValidator {
        getValidator() {
          throw new Error('this server asks its users nothing');
        }
      }`,
      bindings: () => `module.exports = () => require('better-sqlite3/build/Release/better_sqlite3.node');`,
    };
    onResolve(
      { filter: /^(string-width|\.\.\/validation\/ajv-provider\.js|bindings)$/ },
      ({ path, resolveDir, namespace }) =>
        namespace === 'late' ? undefined : { path, namespace: 'late', pluginData: { resolveDir } },
    );
    onLoad({ filter: /.*/, namespace: 'late' }, ({ path, pluginData: { resolveDir } }) => ({
      contents: wrappers[path](JSON.stringify(path)),
      resolveDir,
    }));
  },
};

/**
 * zod says of itself that its modules can be left out where nothing of them is named. Where modules are loaded late,
 * esbuild 0.25.12 then leaves out the call that begins one whose names come through another.
 */
const zodInOrder = {
  name: 'zod in order',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^(zod|\.)/ }, async ({ path, importer, kind, resolveDir, pluginData }) => {
      if (pluginData === 'seen' || !(path.startsWith('zod') || importer.includes('node_modules/zod/')))
        return undefined;
      const found = await resolve(path, { importer, kind, resolveDir, pluginData: 'seen' });
      return { ...found, sideEffects: true };
    });
  },
};

const zodObjects = {
  name: 'zod objects',
  setup({ onLoad }) {
    onLoad({ filter: /zod.v4.core.schemas\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const begun = /(?<=let fastpass)(?=;)/;
      const compiled = /(?<=if \(!fastpass\))\s+(fastpass = generateFastpass\(def\.shape\);)/;
      if (!begun.test(source) || !compiled.test(source)) throw new Error('zod compiles objects in another way');
      return {
        contents: source
          .replace(begun, ', met = 0')
          .replace(compiled, ' { if ((met += 1) < 8) return superParse(payload, ctx); $1 }'),
      };
    });
  },
};

/** @returns the files, and what they are made of. */
async function bundle(entryPoints, plugins) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: 'dist',
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    // jsonc-parser's other form can't be bundled.
    mainFields: ['module', 'main'],
    target: 'node20.19',
    format: 'cjs',
    // src/code-cache.ts reads them as such. (esbuild leaves regular expressions and tagged templates as they are.)
    charset: 'ascii',
    external: ['*.node'],
    // Names stay, so that a trace of calls can be read.
    minifySyntax: true,
    minifyWhitespace: true,
    // They are in the licences' file.
    legalComments: 'none',
    banner: { js: "'use strict';var importMetaUrl=require('node:url').pathToFileURL(__filename).href;" },
    // Scripts from the cache have no other loader than require.
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': 'importMetaUrl' },
    plugins: [late, zodObjects, sdkSchemas(join(root, 'src/late.ts')), ...plugins],
    logLevel: 'warning',
  });
  return { outputFiles, inputs: Object.keys(metafile.inputs) };
}

// What every start waits for has no part that is loaded later: then nothing of it is wrapped, and less is left of zod.
const whole = await bundle(
  { main: 'src/start.ts', thread: 'src/thread.ts', server: 'src/server.ts', worker: 'src/sync/worker.ts' },
  [],
);
const inParts = await bundle({ program: 'src/main.ts', child: 'src/guarded-sql/child.ts' }, [zodInOrder]);
const outputFiles = [...whole.outputFiles, ...inParts.outputFiles];

/** The folders of the packages that are bundled. */
function packages() {
  const inputs = [...whole.inputs, ...inParts.inputs];
  const folders = inputs.map((input) => /^.*\/?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]);
  return [...new Set(folders)].filter((folder) => folder !== undefined).sort();
}

/** Some packages name a licence and leave out its text; another package has it. */
const texts = { 'Apache-2.0': join(root, 'node_modules/typescript/LICENSE') };

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const found = readdirSync(join(root, folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const files = found.length > 0 ? found.map((file) => join(root, folder, file)) : [texts[license]];
  if (files.includes(undefined)) throw new Error(`${name} has no text of its licence, ${license}`);
  const said = files.map((file) => readFileSync(file, 'utf8').trim());
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
