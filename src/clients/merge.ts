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
import { type EntryRules, isTable, mergedEntry, type Table } from './merged-entry.ts';

/** Puts a server's entry into a client's file, and keeps the file's comments, other servers and other settings. */

/** Whether two parsed values are equal, whatever their prototypes. TOML has integers too large for a JSON number. */
const isSame = (one: unknown, other: unknown) => {
  const exact = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value);
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null, exact));
  return isDeepStrictEqual(plain(one), plain(other));
};

const tooDeep = (file: string) => unreadable(file, `it is nested more than ${maxDepth} levels deep`);

/** The table of servers in a parsed file. @throws UsageError where that key holds something else. */
function serversIn(root: unknown, path: readonly string[], file: string): Table {
  let here = root ?? {};
  for (const [depth, key] of ['', ...path].entries()) {
    if (depth > 0) here = isTable(here) ? (here[key] ?? {}) : here;
    if (!isTable(here)) {
      const what = depth === 0 ? 'it' : `"${path.slice(0, depth).join('.')}" in it`;
      throw new UsageError(`${file} was not changed: ${what} is not a table of settings. Repair it by hand.`);
    }
  }
  return isTable(here) ? here : {};
}

export type Format = 'json' | 'toml';

const unreadable = (file: string, cause: string) =>
  new UsageError(`${file} was not changed: it can't be read (${cause}). Repair it, or move it away.`);

export interface Place extends EntryRules {
  /** The file's name, for errors. */
  file: string;
  /** The keys that lead to the table of servers. */
  path: readonly string[];
  /** The server's name in that table. */
  name: string;
}

/** Settings are a few levels deep. Deeper nesting comes from no client, and would exhaust the stack. */
const maxDepth = 200;

/** @throws UsageError for values that are nested deeper than settings are. */
function refuseDeep(root: unknown, file: string): void {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) throw tooDeep(file);
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
  }
}

interface Layout {
  indent: string;
  eol: string;
}

/** The file's layout, judged by its first lines. */
function layoutOf(text: string): Layout {
  return { indent: /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ', eol: text.includes('\r\n') ? '\r\n' : '\n' };
}

/** Inserts a property before an object's others, whose lines stay as they are. */
function putFirst(text: string, brace: number, depth: number, key: string, value: unknown): string {
  const { indent, eol } = layoutOf(text);
  const inner = eol + indent.repeat(depth);
  const written = JSON.stringify(value, null, indent).replaceAll('\n', inner);
  const rest = text.slice(brace + 1);
  const gap = /^[ \t]*\r?\n/.test(rest) ? '' : eol;
  return `${text.slice(0, brace + 1)}${inner}${JSON.stringify(key)}: ${written},${gap}${rest}`;
}

/** @throws UsageError for text that is not JSON. */
function parsedJson(text: string, file: string): { tree: Node | undefined; root: unknown } {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error && text.trim() !== '') {
    const line = text.slice(0, error.offset).split('\n').length;
    throw unreadable(file, `invalid JSON at line ${line}`);
  }
  const root: unknown = tree && getNodeValue(tree);
  refuseDeep(root, file);
  return { tree, root };
}

function mergeJson(text: string, place: Place, entry: Entry): string {
  const { file, path, name } = place;
  const { tree, root } = parsedJson(text, file);
  const found = serversIn(root, path, file)[name];
  const value = mergedEntry(found, entry, place);
  if (isSame(found, value)) return text;
  const after = isTable(found)
    ? changeProperties(text, [...path, name], found, value)
    : putEntry(text, tree, [...path, name], value);
  const said = parseTree(after, [], { allowTrailingComma: true });
  if (!said || !isSame(serversIn(getNodeValue(said), path, file)[name], value)) {
    throw unreadable(file, `"${[...path, name].join('.')}" or a part of it occurs twice`);
  }
  return after;
}

function formattingOf(text: string): FormattingOptions {
  const { indent, eol } = layoutOf(text);
  const insertSpaces = !indent.startsWith('\t');
  return { insertSpaces, tabSize: insertSpaces ? indent.length : 1, eol };
}

/** Sets the properties that differ, one by one, so that comments next to the others stay. */
function changeProperties(text: string, path: readonly string[], found: Table, wanted: Table): string {
  const formattingOptions = formattingOf(text);
  return [...new Set([...Object.keys(found), ...Object.keys(wanted)])].reduce((changed, key) => {
    const [before, after] = [found[key], wanted[key]];
    if (isSame(before, after)) return changed;
    if (isTable(before) && isTable(after)) return changeProperties(changed, [...path, key], before, after);
    return applyEdits(changed, modify(changed, [...path, key], after, { formattingOptions }));
  }, text);
}

/** Inserts the entry where there is none or only null, together with the tables that lead to it. */
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

/** Appends the entry to the file as tables of its own, where it gets in the way of no other table. */
function appendToml(text: string, { path, name }: Place, entry: Table): string {
  const format = TomlFormat.default();
  format.inlineTableStart = path.length + 2;
  const nested = path.reduceRight<Table>((inner, key) => ({ [key]: inner }), { [name]: entry });
  const block = stringify(nested, format).replace(/^\[[\w.]+\]\s*(?=\[)/, '');
  const { eol } = layoutOf(text);
  const lines = block.replaceAll('\n', eol);
  return text.trim() === '' ? lines : `${text.trimEnd()}${eol}${eol}${lines}`;
}

/** @throws UsageError for text that is not TOML. */
function parsedToml(text: string, file: string): Table {
  let root: unknown;
  try {
    root = parseToml(text);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw unreadable(file, messageOf(error).split('\n')[0] ?? 'invalid TOML');
  }
  refuseDeep(root, file);
  return isTable(root) ? root : {};
}

function mergeToml(text: string, place: Place, entry: Entry): string {
  const { file, path, name } = place;
  const root = parsedToml(text, file);
  const servers = serversIn(root, path, file);
  const value = mergedEntry(servers[name], entry, place);
  if (isSame(servers[name], value)) return text;
  const [top = ''] = path;
  const wanted = { ...root, [top]: { ...servers, [name]: value } };
  if (!(name in servers)) {
    const appended = appendToml(text, place, value);
    // When the file has its servers in an inline table, appending more of them is an error.
    if (isSame(tryParse(appended), wanted)) return appended;
  }
  const format = TomlFormat.autoDetectFormat(text);
  // In the TOML that clients read, arrays may end with a comma, but inline tables may not.
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

/** Parsers recurse for each level of nesting. */
function withinDepth<Result>({ file }: Place, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof RangeError ? tooDeep(file) : error;
  }
}

const markOf = (text: string) => (text.startsWith('\uFEFF') ? '\uFEFF' : '');

/**
 * The file's text with the entry in it; the same text if the entry is already there.
 * @throws UsageError that names the file, if it can't be read or holds something else where the servers belong.
 */
export function mergeEntry(format: Format, text: string, place: Place, entry: Entry): string {
  const mark = markOf(text);
  const bare = text.slice(mark.length);
  const merge = format === 'json' ? mergeJson : mergeToml;
  return withinDepth(place, () => mark + merge(bare, place, entry));
}

/**
 * A real client's entry has a tenth of this length. The diff examines every text of an entry, so a huge one would be
 * slow.
 */
const maxEntryLength = 16_384;

/** @throws UsageError for an entry that is larger than any client's. */
function refuseLarge(entry: unknown, { file, path, name }: Place): void {
  const text = JSON.stringify(entry, (_, value) => (typeof value === 'bigint' ? String(value) : value)) ?? '';
  if (text.length <= maxEntryLength) return;
  throw new UsageError(
    `${file} was not changed: its "${[...path, name].join('.')}" has more than ${maxEntryLength / 1024} kB, so it is not an entry of this server. Remove it by hand.`,
  );
}

/** The entry that a file has, if any. @throws UsageError as mergeEntry does, and for an entry that is too large. */
export function readEntry(format: Format, text: string, place: Place): unknown {
  const { file, path, name } = place;
  const bare = text.slice(markOf(text).length);
  return withinDepth(place, () => {
    const root = format === 'json' ? parsedJson(bare, file).root : parsedToml(bare, file);
    const entry = serversIn(root, path, file)[name] ?? undefined;
    refuseLarge(entry, place);
    return entry;
  });
}
