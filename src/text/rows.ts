import { isExact } from '../exact-fields.ts';
import { idText, printable, printableLines } from '../printable.ts';
import { prose } from '../prose.ts';
import { plural } from './plural.ts';
import { table, widthOf } from './tables.ts';

/** The formats in which a query's rows can be printed. */
export const rowFormats = ['table', 'json', 'csv', 'ndjson'] as const;
/** The formats above, and CSV whose cells no spreadsheet runs as formulas. */
export type RowFormat = (typeof rowFormats)[number] | 'spreadsheet';

export type Value = string | number | null;

export interface Rows {
  columns: readonly string[];
  rows: readonly (readonly Value[])[];
  /** There are more rows; how many is unknown. */
  truncated: boolean;
}

/** A narrower column is unreadable. */
const minColumn = 8;

const cell = (value: Value | undefined) => (value === null || value === undefined ? '' : String(value));

/** A cell for people and models to read. */
function shown(column: string, value: Value | undefined): string {
  return isExact(column) ? idText(cell(value)) : typeof value === 'string' ? prose(value) : cell(value);
}

/** A CSV cell according to RFC 4180. */
const csvCell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Text that spreadsheets take for a formula, or may take for one after they strip what comes before it. */
const formula = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;
const plainNumber = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/** Puts an apostrophe before a text that a spreadsheet would run, so that the spreadsheet takes it as text. */
function inert(value: Value): string {
  const text = printableLines(cell(value));
  return typeof value === 'string' && formula.test(text) && !plainNumber.test(text) ? `'${text}` : text;
}

/**
 * On a terminal, control characters are removed from cells; elsewhere each cell is what the mirror holds, byte for
 * byte.
 */
function csvLines({ columns, rows }: Rows, shown: (value: Value) => string): string[] {
  return [columns, ...rows].map((row) => row.map((value) => csvCell(shown(value))).join(','));
}

/** JSON escapes only some terminal control characters. This escapes the others too, so that nothing is lost. */
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

/** The columns' names made unique, as the keys of an object must be: `n`, `n_2`. */
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

/** How many columns, from the left, fit in `width`. */
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
  const fitting = width === undefined ? columns.length : readable(found, width);
  const lines = table(
    columns.slice(0, fitting).map((title, index) => ({
      title: prose(title),
      align: rows.every((row) => typeof row[index] === 'number') ? 'right' : 'left',
    })),
    rows.map((row) => row.slice(0, fitting).map((value, index) => shown(columns[index] ?? '', value))),
    { width },
  );
  const hidden = columns.length - fitting;
  return [
    ...lines,
    ...(hidden === 0 ? [] : [`(${plural(hidden, 'more column')} do not fit: select fewer, or use another --format)`]),
    truncated ? `(the first ${plural(rows.length, 'row')} only; there are more)` : `(${plural(rows.length, 'row')})`,
  ];
}

/** A query's rows as lines for a terminal that is `width` columns wide; without `width`, for a file or a pipe. */
export function rowLines(found: Rows, format: RowFormat, width?: number): string[] {
  if (format === 'json') return [json(objectsOf(found), 1)];
  if (format === 'ndjson') return objectsOf(found).map((object) => json(object));
  if (format === 'spreadsheet') return csvLines(found, inert);
  if (format === 'csv') return csvLines(found, width === undefined ? cell : (value) => printableLines(cell(value)));
  return tableLines(found, width);
}

/** Rows for a model to read, one per line. Bars separate the cells, and no cell contains a bar. */
export function barredLines({ columns, rows }: Rows): string[] {
  const barred = (cells: readonly string[]) => `│ ${cells.map((text) => text.replaceAll('│', '|')).join(' │ ')} │`;
  const textOf = (value: Value, index: number) => (value === null ? 'NULL' : shown(columns[index] ?? '', value));
  return [barred(columns.map(prose)), ...rows.map((row) => barred(row.map(textOf)))];
}
