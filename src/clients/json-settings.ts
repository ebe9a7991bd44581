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
import { isTable, type Table } from './merged-entry.ts';
import { isSame, layoutOf, refuseDeep, type SettingsFormat, serversIn, unreadable } from './settings-text.ts';

const treeOf = (text: string, errors: ParseError[] = []) => parseTree(text, errors, { allowTrailingComma: true });

function read(text: string, file: string): unknown {
  const errors: ParseError[] = [];
  const tree = treeOf(text, errors);
  const [error] = errors;
  if (error && text.trim() !== '') {
    const line = text.slice(0, error.offset).split('\n').length;
    throw unreadable(file, `invalid JSON at line ${line}`);
  }
  const root: unknown = tree && getNodeValue(tree);
  refuseDeep(root, file);
  return root;
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

/** JSON, also with comments and trailing commas. */
export const jsonSettings: SettingsFormat = {
  read,
  put(text, { file, path, name }, found, value) {
    const keys = [...path, name];
    const after = isTable(found)
      ? changeProperties(text, keys, found, value)
      : putEntry(text, treeOf(text), keys, value);
    const said = treeOf(after);
    if (!said || !isSame(serversIn(getNodeValue(said), path, file)[name], value)) {
      throw unreadable(file, `"${keys.join('.')}" or a part of it occurs twice`);
    }
    return after;
  },
};
