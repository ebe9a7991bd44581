// The SDK makes a schema of each message that there is as soon as it is loaded, which takes a third of a start; a session
// meets a dozen of them. In the bundle each is made when it is first asked for: a constant becomes a function that `late`
// returns, and each use of it a call. Nothing but names is changed; what does not look as expected ends the build.
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';

const typesFile = /@modelcontextprotocol.sdk.dist.esm.types\.js$/;
const definition = /^(export )?const (\w+Schema) = ([\s\S]*?);\n(?=\/\*|\/\/|export |const |function |class )/gm;
const importOfTypes = /import\s+\{([^}]*)\}\s+from\s+'(?:\.\.?\/|@modelcontextprotocol\/sdk\/)types\.js';/;

/**
 * To find out by schemas what a message is takes three of them, and to fail costs ten times as much as to fit. What each
 * asks for by name is looked for first.
 */
const predicate = /(?<=^export const (isJSONRPC\w+) = \(value\) => )(?=\w+Schema)/gm;
const asked = {
  isJSONRPCRequest: 'method',
  isJSONRPCNotification: 'method',
  isJSONRPCResultResponse: 'result',
  isJSONRPCErrorResponse: 'error',
};

function quickPredicates(source) {
  const found = [...source.matchAll(predicate)].map(([, name]) => name).sort();
  if (String(found) !== String(Object.keys(asked).sort()))
    throw new Error(`the SDK asks what a message is by ${found}`);
  return source.replace(predicate, (_, name) => `value?.${asked[name]} !== undefined && `);
}

/** `text`, in which each name is called where it is used. */
function called(text, names) {
  return names.length === 0 ? text : text.replace(new RegExp(`\\b(${names.join('|')})\\b`, 'g'), '$1()');
}

function lateSchemas(source, helper) {
  const names = [...source.matchAll(/^(?:export )?const (\w+Schema)\b/gm)].map(([, name]) => name);
  const parts = [];
  let rest = 0;
  for (const { 0: text, 1: exported = '', 2: name, 3: schema, index } of source.matchAll(definition)) {
    parts.push(called(source.slice(rest, index), names));
    parts.push(`${exported}const ${name} = /* @__PURE__ */ late(() => ${called(schema, names)});\n`);
    rest = index + text.length;
  }
  parts.push(called(source.slice(rest), names));
  const made = parts.join('');
  const count = made.split('/* @__PURE__ */ late(').length - 1;
  if (count !== names.length || count < 100)
    throw new Error(`${count} of ${names.length} schemas of the SDK were found`);
  return `import { late } from ${JSON.stringify(helper)};\n${made}`;
}

function callSchemas(source) {
  const found = importOfTypes.exec(source);
  if (!found) return source;
  const names = found[1]
    .split(',')
    .map((name) => name.trim())
    .filter((name) => /^\w+Schema$/.test(name));
  const end = found.index + found[0].length;
  return source.slice(0, end) + called(source.slice(end), names);
}

/** For esbuild. `helper`: the module that has `late`. */
export const sdkSchemas = (helper) => ({
  name: 'schemas of the SDK',
  setup({ onLoad }) {
    onLoad({ filter: typesFile }, ({ path }) => ({
      contents: lateSchemas(quickPredicates(readFileSync(path, 'utf8')), helper),
    }));
    onLoad({ filter: /(@modelcontextprotocol.sdk.dist.esm.*\.js|src.mcp.[\w-]+\.ts)$/ }, ({ path }) => ({
      contents: callSchemas(readFileSync(path, 'utf8')),
      loader: extname(path).slice(1),
    }));
  },
});
