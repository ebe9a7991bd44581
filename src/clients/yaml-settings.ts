import { Document, isMap, isNode, isScalar, type Pair, parseDocument, stringify, YAMLMap } from 'yaml';
import { messageOf } from '../errors.ts';
import { isTable, type Table } from './merged-entry.ts';
import {
  appended,
  type EntryPlace,
  isSame,
  layoutOf,
  refuseDeep,
  type SettingsFormat,
  serversIn,
  tooDeep,
  unreadable,
} from './settings-text.ts';

/** The parsed document. @throws UsageError for text that is not one YAML document. */
function parsed(text: string, file: string): Document.Parsed {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (!error) return document;
  const [cause = ''] = messageOf(error).split('\n');
  // The parser reports that it ran out of stack as an error of the text.
  throw cause.includes('call stack') ? tooDeep(file) : unreadable(file, cause);
}

function read(text: string, file: string): unknown {
  const document = parsed(text, file);
  try {
    const root: unknown = document.toJS() ?? undefined;
    refuseDeep(root, file);
    return root;
  } catch (error) {
    // Aliases may stand for more than fits into memory; the parser refuses them.
    throw error instanceof ReferenceError ? unreadable(file, error.message) : error;
  }
}

/** YAML is indented with spaces. */
const indentOf = (text: string) => layoutOf(text).indent.replaceAll('\t', '  ').length;

/** The lines of a block at some column. */
const indented = (block: string, column: number) => block.replaceAll(/^(?=.)/gm, ' '.repeat(column));

/** Sets the keys that differ, so that comments next to the others stay. */
function changeKeys(document: Document, map: YAMLMap, wanted: Table): void {
  for (const { key } of [...map.items]) if (!(String(key) in wanted)) map.delete(key);
  for (const [key, value] of Object.entries(wanted)) {
    const node: unknown = map.get(key, true);
    if (isMap(node) && isTable(value)) changeKeys(document, node, value);
    else if (isScalar(node) && !isTable(value) && !Array.isArray(value)) node.value = value;
    else if (!isScalar(node) && isSame(map.toJS(document)[key], value)) continue;
    else map.set(key, document.createNode(value));
  }
}

const pairIn = (map: unknown, name: string): Pair | undefined =>
  isMap(map) ? map.items.find(({ key }) => isScalar(key) && key.value === name) : undefined;

const startOf = (node: unknown) => (isScalar(node) ? node.range?.[0] : undefined);

/** The entry's own lines with the change in them; undefined where the entry is not a block of lines. */
function changeBlock(text: string, document: Document, { path, name }: EntryPlace, value: Table): string | undefined {
  const pair = pairIn(document.getIn(path, true), name);
  const map = pair?.value;
  const start = startOf(pair?.key);
  if (!pair || !isMap(map) || map.flow || start === undefined || !map.range) return undefined;
  const lineStart = text.lastIndexOf('\n', start) + 1;
  if (text.slice(lineStart, start).trim() !== '') return undefined;
  const end = map.range[1];
  // It stands after the entry's lines, which alone are replaced.
  map.comment = null;
  changeKeys(document, map, value);
  const alone = new Document();
  const holder = new YAMLMap();
  holder.items.push(pair);
  alone.contents = holder;
  const { eol } = layoutOf(text);
  const block = indented(alone.toString({ lineWidth: 0, indent: indentOf(text) }), start - lineStart);
  return `${text.slice(0, lineStart)}${block.replaceAll('\n', eol)}${text.slice(end)}`;
}

/** A new entry as the first in a block of servers, or with that block at the end of the file. */
function putBlock(text: string, document: Document, { path, name }: EntryPlace, value: Table): string | undefined {
  const lineWidth = 0;
  const indent = indentOf(text);
  const top = pairIn(document.contents, path[0] ?? '');
  if (!top) {
    const nested = path.reduceRight<Table>((inner, key) => ({ [key]: inner }), { [name]: value });
    return appended(text, stringify(nested, { lineWidth, indent }));
  }
  const servers = document.getIn(path, true);
  const start = startOf(pairIn(document.getIn(path.slice(0, -1), true), path.at(-1) ?? '')?.key);
  const first = isMap(servers) && !servers.flow ? startOf(servers.items[0]?.key) : undefined;
  if (start === undefined || first === undefined) return undefined;
  const { eol } = layoutOf(text);
  const lineEnd = text.indexOf('\n', start) + 1;
  const column = first - (text.lastIndexOf('\n', first) + 1);
  const block = indented(stringify({ [name]: value }, { lineWidth, indent }), column);
  return `${text.slice(0, lineEnd)}${block.replaceAll('\n', eol)}${text.slice(lineEnd)}`;
}

/** The whole document, written anew by the library. */
function putAnywhere(text: string, document: Document, { path, name }: EntryPlace, value: Table): string {
  const servers = document.getIn(path, true);
  const entry = isMap(servers) ? servers.get(name, true) : undefined;
  if (isMap(entry)) changeKeys(document, entry, value);
  else if (isMap(servers) && servers.items.length > 0) servers.set(name, document.createNode(value));
  else {
    const table = document.createNode({ [name]: value });
    if (isNode(servers) && servers.comment) table.commentBefore = servers.comment;
    document.setIn(path, table);
  }
  return document.toString({ lineWidth: 0, indent: indentOf(text) }).replaceAll('\n', layoutOf(text).eol);
}

function tryRead(text: string | undefined, file: string): unknown {
  try {
    return text === undefined ? undefined : read(text, file);
  } catch {
    return undefined;
  }
}

export const yamlSettings: SettingsFormat = {
  read,
  put(text, place, found, value) {
    const { file, path, name } = place;
    const root = read(text, file);
    const [top = ''] = path;
    const wanted = { ...(isTable(root) ? root : {}), [top]: { ...serversIn(root, path, file), [name]: value } };
    const change = isTable(found) ? changeBlock : putBlock;
    const attempts = [change, putAnywhere].map((edit) => () => edit(text, parsed(text, file), place, value));
    for (const attempt of attempts) {
      const after = attempt();
      if (after !== undefined && isSame(tryRead(after, file), wanted)) return after;
    }
    throw unreadable(file, `"${[...path, name].join('.')}" is written in a way that can't be changed`);
  },
};
