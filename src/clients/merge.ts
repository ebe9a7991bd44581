import { isDeepStrictEqual } from 'node:util';
import { parse as parseToml, patch as patchToml, stringify, TomlFormat } from '@decimalturn/toml-patch';
import {
  applyEdits,
  type FormattingOptions,
  findNodeAtLocation,
  getNodeValue,
  modify,
  type Node,
  type ParseError,
  parseTree,
} from 'jsonc-parser';
import { messageOf, UsageError } from '../errors.ts';
import type { Entry } from './catalog.ts';

/** Puts a server's entry into a client's file, whose comments, other servers and other settings stay as they are. */

type Table = Readonly<Record<string, unknown>>;

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** Whether two parsed values say the same, whatever their prototypes. TOML has integers that no JSON number holds. */
const isSame = (one: unknown, other: unknown) => {
  const exact = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value);
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null, exact));
  return isDeepStrictEqual(plain(one), plain(other));
};

/** All that an entry of ours may say of how the server is reached; anything else is the user's, and stays. */
const wayKeys = [
  'type',
  'command',
  'args',
  'url',
  'httpUrl',
  'serverUrl',
  'headers',
  'http_headers',
  'env_vars',
  'bearer_token_env_var',
];

/** What an entry becomes: the user's own keys and variables stay, a key that is there too unless there is another. */
function merged(found: unknown, entry: Entry, secrets: readonly string[]): Table {
  if (!isTable(found)) return entry;
  const { env: foundEnv, ...others } = found;
  const { env, ...ours } = entry;
  const kept = Object.fromEntries(Object.entries(others).filter(([key]) => !wayKeys.includes(key)));
  const isStdio = 'command' in entry;
  const keptEnv = Object.entries(isTable(foundEnv) ? foundEnv : {}).filter(([variable]) => !secrets.includes(variable));
  const environment = isStdio ? { ...Object.fromEntries(keptEnv), ...(isTable(env) ? env : {}) } : {};
  return { ...kept, ...ours, ...(Object.keys(environment).length > 0 ? { env: environment } : {}) };
}

/** The table of servers in a parsed file. @throws UsageError where something else stands in its place. */
function serversIn(root: unknown, path: readonly string[], file: string): Table {
  let here = root ?? {};
  for (const [depth, key] of ['', ...path].entries()) {
    if (depth > 0) here = isTable(here) ? (here[key] ?? {}) : here;
    if (!isTable(here)) {
      const what = depth === 0 ? 'it' : `"${path.slice(0, depth).join('.')}" in it`;
      throw new UsageError(`${file} was left as it is: ${what} is no table of settings. Mend it by hand.`);
    }
  }
  return isTable(here) ? here : {};
}

const unreadable = (file: string, cause: string) =>
  new UsageError(`${file} was left as it is: it can't be read (${cause}). Mend it, or move it away.`);

export interface Place {
  /** The file's name, for errors. */
  file: string;
  /** The keys that lead to the table of servers. */
  path: readonly string[];
  /** What the server is called in it. */
  name: string;
  /** Variables whose values must not stay in it. */
  secrets?: readonly string[];
}

interface Layout {
  indent: string;
  eol: string;
}

/** How the file is laid out, as far as its first lines tell. */
function layoutOf(text: string): Layout {
  return { indent: /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ', eol: text.includes('\r\n') ? '\r\n' : '\n' };
}

/** Puts a property before an object's others, whose own lines it leaves as they are. */
function putFirst(text: string, brace: number, depth: number, key: string, value: unknown): string {
  const { indent, eol } = layoutOf(text);
  const inner = eol + indent.repeat(depth);
  const written = JSON.stringify(value, null, indent).replaceAll('\n', inner);
  const rest = text.slice(brace + 1);
  const gap = /^[ \t]*\r?\n/.test(rest) ? '' : eol;
  return `${text.slice(0, brace + 1)}${inner}${JSON.stringify(key)}: ${written},${gap}${rest}`;
}

function mergeJson(text: string, { file, path, name, secrets = [] }: Place, entry: Entry): string {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error && text.trim() !== '') {
    const line = text.slice(0, error.offset).split('\n').length;
    throw unreadable(file, `no valid JSON at line ${line}`);
  }
  const found = serversIn(tree && getNodeValue(tree), path, file)[name];
  const value = merged(found, entry, secrets);
  if (isSame(found, value)) return text;
  const after = isTable(found)
    ? changeProperties(text, [...path, name], found, value)
    : putEntry(text, tree, [...path, name], value);
  const said = parseTree(after, [], { allowTrailingComma: true });
  if (!said || !isSame(serversIn(getNodeValue(said), path, file)[name], value)) {
    throw unreadable(file, `"${[...path, name].join('.')}" or a part of it is in it twice`);
  }
  return after;
}

function formattingOf(text: string): FormattingOptions {
  const { indent, eol } = layoutOf(text);
  const insertSpaces = !indent.startsWith('\t');
  return { insertSpaces, tabSize: insertSpaces ? indent.length : 1, eol };
}

/** Sets the properties that differ, one by one: comments beside the others stay. */
function changeProperties(text: string, path: readonly string[], found: Table, wanted: Table): string {
  const formattingOptions = formattingOf(text);
  return [...new Set([...Object.keys(found), ...Object.keys(wanted)])].reduce((changed, key) => {
    const [before, after] = [found[key], wanted[key]];
    if (isSame(before, after)) return changed;
    if (isTable(before) && isTable(after)) return changeProperties(changed, [...path, key], before, after);
    return applyEdits(changed, modify(changed, [...path, key], after, { formattingOptions }));
  }, text);
}

/** Puts the entry where there is none, or nothing but null, and with it the tables that lead to it. */
function putEntry(text: string, tree: Node | undefined, keys: readonly string[], value: Table): string {
  const isThere = (depth: number) => {
    const node = tree && findNodeAtLocation(tree, keys.slice(0, depth));
    return node !== undefined && node.type !== 'null';
  };
  const depth = keys.findIndex((_, at) => !isThere(at + 1));
  const parent = tree && isThere(depth) ? findNodeAtLocation(tree, keys.slice(0, depth)) : undefined;
  const nested = keys.slice(depth + 1).reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  const key = keys[depth] ?? '';
  if (!parent) return `${JSON.stringify({ [key]: nested }, null, 2)}\n`;
  const isNull = tree && findNodeAtLocation(tree, keys.slice(0, depth + 1)) !== undefined;
  if (parent.children?.length && !isNull) return putFirst(text, parent.offset, depth + 1, key, nested);
  const formattingOptions = formattingOf(text);
  return applyEdits(text, modify(text, keys.slice(0, depth + 1), nested, { formattingOptions }));
}

/** The entry as tables of its own at the file's end, where it stands in no other table's way. */
function appendToml(text: string, { path, name }: Place, entry: Table): string {
  const format = TomlFormat.default();
  format.inlineTableStart = path.length + 2;
  const nested = path.reduceRight<Table>((inner, key) => ({ [key]: inner }), { [name]: entry });
  const block = stringify(nested, format).replace(/^\[[\w.]+\]\s*(?=\[)/, '');
  const { eol } = layoutOf(text);
  const lines = block.replaceAll('\n', eol);
  return text.trim() === '' ? lines : `${text.trimEnd()}${eol}${eol}${lines}`;
}

function mergeToml(text: string, place: Place, entry: Entry): string {
  const { file, path, name, secrets = [] } = place;
  const parsed = (from: string): Table => {
    try {
      const root: unknown = parseToml(from);
      return isTable(root) ? root : {};
    } catch (error) {
      throw unreadable(file, messageOf(error).split('\n')[0] ?? 'no valid TOML');
    }
  };
  const root = parsed(text);
  const servers = serversIn(root, path, file);
  const value = merged(servers[name], entry, secrets);
  if (isSame(servers[name], value)) return text;
  const [top = ''] = path;
  const wanted = { ...root, [top]: { ...servers, [name]: value } };
  if (!(name in servers)) {
    const appended = appendToml(text, place, value);
    // Where the file has its servers in one line, nothing can follow at its end.
    if (isSame(tryParse(appended), wanted)) return appended;
  }
  const format = TomlFormat.autoDetectFormat(text);
  // Lists may end with a comma, but tables in one line not, in the TOML that clients read.
  format.trailingComma = false;
  return patchToml(text, wanted, format);
}

function tryParse(text: string): unknown {
  try {
    return parseToml(text);
  } catch {
    return undefined;
  }
}

/**
 * The file's text with the entry in it; the same text where it is in already.
 * @throws UsageError that names the file, for one that can't be read, or has something else where the servers belong.
 */
export function mergeEntry(format: 'json' | 'toml', text: string, place: Place, entry: Entry): string {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const bare = text.slice(mark.length);
  return mark + (format === 'json' ? mergeJson(bare, place, entry) : mergeToml(bare, place, entry));
}
