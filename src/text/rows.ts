import { parseToStore } from '../exact-json.ts';
import { idText, printable, printableLines } from '../printable.ts';
import { prose } from '../prose.ts';
import { plural } from './plural.ts';
import { table, widthOf } from './tables.ts';

/** The formats in which a query's rows can be printed. */
export const rowFormats = ['table', 'json', 'csv', 'ndjson'] as const;
/** Those that need no look at all rows before the first; `spreadsheet` is CSV whose cells no spreadsheet runs as formulas. */
export const streamFormats = ['json', 'csv', 'ndjson', 'spreadsheet'] as const;
export type StreamFormat = (typeof streamFormats)[number];
export type RowFormat = 'table' | StreamFormat;

export type Value = string | number | null;

export interface Column {
  name: string;
  /** Whether its texts are ids, failure types, versions or inputs. */
  isExact: boolean;
}

export interface Rows {
  columns: readonly Column[];
  rows: readonly (readonly Value[])[];
  /** There are more rows; how many is unknown. */
  truncated: boolean;
}

export interface StreamColumn {
  name: string;
  /** Whether its texts are JSON. */
  isJson: boolean;
}

/** What rows are as text, piece by piece: all that is printed is the head, each row with its number from 0 on, and the end. */
export interface RowText {
  head: string;
  row(values: readonly Value[], index: number): string;
  end(rows: number): string;
}

/** A narrower column is unreadable. */
const minColumn = 8;

/** NULL is not an empty text, and each format shows the difference. */
const cell = (value: Value | undefined) => (value === null || value === undefined ? 'NULL' : String(value));

/** A cell for people and models to read. */
function shown(column: Column | undefined, value: Value | undefined): string {
  if (typeof value !== 'string') return cell(value);
  return column?.isExact ? idText(value) : prose(value);
}

/** A CSV cell according to RFC 4180. An empty text has quotes, and NULL is nothing at all, as PostgreSQL and DuckDB have it. */
const csvCell = (text: string) => (text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Text that spreadsheets take for a formula, or may take for one after they strip what comes before it. */
const formula = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;
const plainNumber = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/** Puts an apostrophe before a text that a spreadsheet would run, so that the spreadsheet takes it as text. */
function inert(value: string | number): string {
  const text = printableLines(String(value));
  return typeof value === 'string' && formula.test(text) && !plainNumber.test(text) ? `'${text}` : text;
}

function csvText(columns: readonly StreamColumn[], shown: (value: string | number) => string): RowText {
  const line = (row: readonly Value[]) =>
    `${row.map((value) => (value === null ? '' : csvCell(shown(value)))).join(',')}\n`;
  return { head: line(columns.map(({ name }) => name)), row: line, end: () => '' };
}

const notPlain = /[^\n\x20-\x7e]/;

/** JSON escapes only some terminal control characters. This escapes the others too, so that nothing is lost. */
function shownJson(text: string): string {
  if (!notPlain.test(text)) return text;
  return text.replaceAll(/[^\n\x20-\x7e]/gu, (character) =>
    printable(character) === character ? character : escaped(character),
  );
}

const escaped = (character: string) =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

/** The columns' names made unique, as the keys of an object should be: `n`, `n_2`. */
function keysOf(columns: readonly StreamColumn[]): string[] {
  const taken = new Set<string>();
  return columns.map(({ name }) => {
    let key = name;
    for (let n = 2; taken.has(key); n += 1) key = `${name}_${n}`;
    taken.add(key);
    return key;
  });
}

/** The value that a JSON text stands for; a text that is none, such as one that was cut, stays a text. */
function parsed(value: Value): unknown {
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return value;
  try {
    return parseToStore(value);
  } catch {
    return value;
  }
}

/** An object's text, with its keys in the order of the columns: a JavaScript object would put numbers first. */
function objectText(columns: readonly StreamColumn[]): (row: readonly Value[]) => string {
  const fields = keysOf(columns).map((key, index) => ({ key: JSON.stringify(key), isJson: columns[index]?.isJson }));
  return (row) => {
    const written = fields.map(({ key, isJson }, index) => {
      const value = row[index] ?? null;
      return `${key}:${JSON.stringify(isJson ? parsed(value) : value)}`;
    });
    return shownJson(`{${written.join(',')}}`);
  };
}

/** On a terminal, control characters are removed from CSV; elsewhere each cell is what the mirror holds, byte for byte. */
export function rowText(format: StreamFormat, columns: readonly StreamColumn[], isTerminal: boolean): RowText {
  if (format === 'spreadsheet') return csvText(columns, inert);
  if (format === 'csv') return csvText(columns, isTerminal ? (value) => printableLines(String(value)) : String);
  const object = objectText(columns);
  if (format === 'ndjson') return { head: '', row: (row) => `${object(row)}\n`, end: () => '' };
  return {
    head: '[',
    row: (row, index) => `${index === 0 ? '' : ','}\n ${object(row)}`,
    end: (rows) => (rows === 0 ? ']\n' : '\n]\n'),
  };
}

/** How many columns, from the left, fit in `width`. */
function readable({ columns, rows }: Rows, width: number): number {
  let left = width;
  const fitting = columns.findIndex(({ name }, index) => {
    const widest = [name, ...rows.map((row) => cell(row[index]))].reduce(
      (most, text) => Math.max(most, widthOf(text)),
      0,
    );
    left -= Math.min(minColumn, widest) + (index === 0 ? 0 : 2);
    return left < 0;
  });
  return fitting === -1 ? columns.length : Math.max(1, fitting);
}

/** Columns of numbers, some of which may be NULL, align to the right. */
const isNumeric = (values: readonly (Value | undefined)[]) =>
  values.every((value) => typeof value === 'number' || value === null) && values.some((value) => value !== null);

/** A query's rows as the lines of a table for a terminal that is `width` columns wide; without `width`, nothing is cut. */
export function tableLines(found: Rows, width?: number): string[] {
  const { columns, rows, truncated } = found;
  const fitting = width === undefined ? columns.length : readable(found, width);
  const lines = table(
    columns.slice(0, fitting).map(({ name }, index) => ({
      title: prose(name),
      align: isNumeric(rows.map((row) => row[index])) ? 'right' : 'left',
    })),
    rows.map((row) => row.slice(0, fitting).map((value, index) => shown(columns[index], value))),
    { width },
  );
  const hidden = columns.length - fitting;
  return [
    ...lines,
    ...(hidden === 0 ? [] : [`(${plural(hidden, 'more column')} do not fit: select fewer, or use another --format)`]),
    truncated ? `(the first ${plural(rows.length, 'row')} only; there are more)` : `(${plural(rows.length, 'row')})`,
  ];
}

/** Rows for a model to read, one per line. Bars separate the cells, and no cell contains a bar. */
export function barredLines({ columns, rows }: Rows): string[] {
  const barred = (cells: readonly string[]) => `│ ${cells.map((text) => text.replaceAll('│', '|')).join(' │ ')} │`;
  const textOf = (value: Value, index: number) => shown(columns[index], value);
  return [barred(columns.map(({ name }) => prose(name))), ...rows.map((row) => barred(row.map(textOf)))];
}
