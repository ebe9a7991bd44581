import { table } from './tables.ts';

/** The ways in which rows of a query can be printed. */
export const rowFormats = ['table', 'json', 'csv', 'ndjson'] as const;
export type RowFormat = (typeof rowFormats)[number];

export interface Rows {
  columns: readonly string[];
  rows: readonly (readonly unknown[])[];
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  return Buffer.isBuffer(value) ? `x'${value.toString('hex')}'` : String(value);
}

/** A cell of CSV as RFC 4180 has it. */
function csvCell(value: unknown): string {
  const text = cell(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function jsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return Buffer.isBuffer(value) ? value.toString('hex') : value;
}

const object = (columns: readonly string[], row: readonly unknown[]) =>
  Object.fromEntries(columns.map((column, index) => [column, jsonValue(row[index])]));

export function rowLines({ columns, rows }: Rows, format: RowFormat): string[] {
  if (format === 'json')
    return [
      JSON.stringify(
        rows.map((row) => object(columns, row)),
        null,
        1,
      ),
    ];
  if (format === 'ndjson') return rows.map((row) => JSON.stringify(object(columns, row)));
  if (format === 'csv') return [columns, ...rows].map((row) => row.map(csvCell).join(','));
  const lines = table(
    columns.map((title, index) => ({
      title,
      align: rows.every((row) => typeof row[index] === 'number') ? 'right' : 'left',
    })),
    rows.map((row) => row.map(cell)),
  );
  return [...lines, `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`];
}
