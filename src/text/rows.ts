import { printable, printableLines } from '../printable.ts';
import { plural } from './plural.ts';
import { table, widthOf } from './tables.ts';

/** The ways in which rows of a query can be printed. */
export const rowFormats = ['table', 'json', 'csv', 'ndjson'] as const;
/** Besides these, CSV whose cells no spreadsheet runs. */
export type RowFormat = (typeof rowFormats)[number] | 'spreadsheet';

export type Value = string | number | null;

export interface Rows {
  columns: readonly string[];
  rows: readonly (readonly Value[])[];
  /** There are more rows, nobody has counted how many. */
  truncated: boolean;
}

/** Of a column that is narrower nobody can read anything. */
const minColumn = 8;

const cell = (value: Value | undefined) => (value === null || value === undefined ? '' : String(value));

/** A cell of CSV as RFC 4180 has it. */
const csvCell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** What spreadsheets take for a formula, or may once they have cut what stands before it. */
const formula = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;
const plainNumber = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/** A text that a spreadsheet would run begins with an apostrophe, which makes it a text there too. */
function inert(value: Value): string {
  const text = printableLines(cell(value));
  return typeof value === 'string' && formula.test(text) && !plainNumber.test(text) ? `'${text}` : text;
}

/** On a terminal nothing of a cell steers it; anywhere else each is what the mirror holds, byte for byte. */
function csvLines({ columns, rows }: Rows, shown: (value: Value) => string): string[] {
  return [columns, ...rows].map((row) => row.map((value) => csvCell(shown(value))).join(','));
}

/** JSON escapes what steers a terminal only in part; so escaped, nothing of it is lost. */
function json(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(/[^\n\x20-\x7e]/gu, (character) =>
    printable(character) === character ? character : escaped(character),
  );
}

const escaped = (character: string) =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

/** The columns' names, each once, as the keys of an object have to be: `n`, `n_2`. */
function keysOf(columns: readonly string[]): string[] {
  const taken = new Set<string>();
  return columns.map((column) => {
    let key = column;
    for (let n = 2; taken.has(key); n += 1) key = `${column}_${n}`;
    taken.add(key);
    return key;
  });
}

function objectsOf({ columns, rows }: Rows): Record<string, Value>[] {
  const keys = keysOf(columns);
  return rows.map((row) => Object.fromEntries(keys.map((key, index) => [key, row[index] ?? null])));
}

/** How many of the columns, from the left, find room in `width`. */
function readable({ columns, rows }: Rows, width: number): number {
  let left = width;
  const fitting = columns.findIndex((title, index) => {
    const widest = [title, ...rows.map((row) => cell(row[index]))].reduce(
      (most, text) => Math.max(most, widthOf(text)),
      0,
    );
    left -= Math.min(minColumn, widest) + (index === 0 ? 0 : 2);
    return left < 0;
  });
  return fitting === -1 ? columns.length : Math.max(1, fitting);
}

function tableLines(found: Rows, width: number | undefined): string[] {
  const { columns, rows, truncated } = found;
  const shown = width === undefined ? columns.length : readable(found, width);
  const lines = table(
    columns.slice(0, shown).map((title, index) => ({
      title,
      align: rows.every((row) => typeof row[index] === 'number') ? 'right' : 'left',
    })),
    rows.map((row) => row.slice(0, shown).map(cell)),
    { width },
  );
  const hidden = columns.length - shown;
  return [
    ...lines,
    ...(hidden === 0
      ? []
      : [`(${plural(hidden, 'more column')} found no room: select fewer, or take another --format)`]),
    truncated ? `(the first ${plural(rows.length, 'row')} of more)` : `(${plural(rows.length, 'row')})`,
  ];
}

/** Rows of a query as lines, for a terminal that is `width` columns wide, or, without it, for a file or a pipe. */
export function rowLines(found: Rows, format: RowFormat, width?: number): string[] {
  if (format === 'json') return [json(objectsOf(found), 1)];
  if (format === 'ndjson') return objectsOf(found).map((object) => json(object));
  if (format === 'spreadsheet') return csvLines(found, inert);
  if (format === 'csv') return csvLines(found, width === undefined ? cell : (value) => printableLines(cell(value)));
  return tableLines(found, width);
}

/** Rows for a model to read: one a line, bounded by bars that no cell holds, so that each cell stays in its place. */
export function barredLines({ columns, rows }: Rows): string[] {
  const barred = (row: readonly Value[]) =>
    `│ ${row.map((value) => (value === null ? 'NULL' : printable(cell(value)).replaceAll('│', '|'))).join(' │ ')} │`;
  return [barred(columns), ...rows.map(barred)];
}
