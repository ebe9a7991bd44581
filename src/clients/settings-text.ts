import { isDeepStrictEqual } from 'node:util';
import { UsageError } from '../errors.ts';
import { type EntryRules, isTable, type Table } from './merged-entry.ts';

/** What the formats of settings have in common. */

export interface EntryPlace extends EntryRules {
  /** The file's name, for errors. */
  file: string;
  /** The keys that lead to the table of servers. */
  path: readonly string[];
  /** The server's name in that table. */
  name: string;
}

/** A format in which clients write settings. */
export interface SettingsFormat {
  /** The settings that the text holds. @throws UsageError for text that is not of this format. */
  read(text: string, file: string): unknown;
  /** The text with the entry changed from `found` to `value`; all else in it stays as it is. */
  put(text: string, place: EntryPlace, found: unknown, value: Table): string;
}

export const unreadable = (file: string, cause: string) =>
  new UsageError(`${file} was not changed: it can't be read (${cause}). Repair it, or move it away.`);

/** Settings are a few levels deep. Deeper nesting comes from no client, and would exhaust the stack. */
const maxDepth = 200;

export const tooDeep = (file: string) => unreadable(file, `it is nested more than ${maxDepth} levels deep`);

/** @throws UsageError for values that are nested deeper than settings are. */
export function refuseDeep(root: unknown, file: string): void {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) throw tooDeep(file);
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
  }
}

/** The table of servers in parsed settings. @throws UsageError where that key holds something else. */
export function serversIn(root: unknown, path: readonly string[], file: string): Table {
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

/** Whether two parsed values are equal, whatever their prototypes. TOML has integers too large for a JSON number. */
export function isSame(one: unknown, other: unknown): boolean {
  const exact = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value);
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null, exact));
  return isDeepStrictEqual(plain(one), plain(other));
}

export interface Layout {
  indent: string;
  eol: string;
}

/** The text's layout, judged by its first lines. */
export function layoutOf(text: string): Layout {
  return { indent: /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ', eol: text.includes('\r\n') ? '\r\n' : '\n' };
}

/** A block of text after all that is there. */
export function appended(text: string, block: string): string {
  const { eol } = layoutOf(text);
  const lines = block.replaceAll('\n', eol);
  return text.trim() === '' ? lines : `${text.trimEnd()}${eol}${eol}${lines}`;
}
