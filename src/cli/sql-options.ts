import { UsageError } from '../errors.ts';
import { type RowFormat, rowFormats } from '../text/rows.ts';

/** The options of `sql`, as they are typed. */
export interface SqlOptions {
  format?: string;
  limit?: string;
  /** Seconds. */
  timeout?: string;
  /** Writes CSV from which a spreadsheet runs no formula. */
  spreadsheet?: boolean;
  examples?: boolean;
  /** Anyone's mirror, instead of the user's own. */
  file?: string;
}

/** How statements are asked. */
export interface Asking {
  format: RowFormat;
  /** The most rows that the user wants; undefined: as many as the format takes. */
  limit: number | undefined;
  timeoutMs: number;
}

/** A table is laid out when all its rows are there. */
const maxTableRows = 1000;
const maxTimeoutSeconds = 3600;

/** @throws UsageError that names the option, and what it takes. */
export function askingOf(options: SqlOptions): Asking {
  const format = formatOf(options);
  return { format, limit: limitOf(options.limit, format), timeoutMs: timeoutOf(options.timeout ?? '10') };
}

/** The most rows of an answer: the other formats are written row by row, and take any number. */
export function mostRows(format: RowFormat, limit: number | undefined): number {
  return format === 'table' ? Math.min(limit ?? maxTableRows, maxTableRows) : (limit ?? Number.MAX_SAFE_INTEGER);
}

function formatOf({ format: name = 'table', spreadsheet = false }: SqlOptions): RowFormat {
  if (!spreadsheet) return formatNamed(name);
  if (name === 'csv') return 'spreadsheet';
  throw new UsageError(`--spreadsheet is for CSV, not for ${name}: leave --format out.`);
}

/** @throws UsageError that lists the formats. */
export function formatNamed(name: string): RowFormat {
  const format = rowFormats.find((known) => known === name);
  if (format === undefined) throw new UsageError(`There is no format "${name}". There are: ${rowFormats.join(', ')}.`);
  return format;
}

function limitOf(limit: string | undefined, format: RowFormat): number | undefined {
  if (limit === undefined) return undefined;
  const rows = Number(limit);
  const most = mostRows(format, undefined);
  if (Number.isInteger(rows) && rows >= 1 && rows <= most) return rows;
  const upTo = format === 'table' ? `from 1 to ${most}: a table is no longer (--format csv is)` : 'above 0';
  throw new UsageError(`--limit is "${limit}"; it takes a whole number ${upTo}.`);
}

function timeoutOf(timeout: string): number {
  const seconds = Number(timeout);
  if (!(seconds >= 0.1 && seconds <= maxTimeoutSeconds))
    throw new UsageError(`--timeout is "${timeout}"; it takes seconds, from 0.1 to ${maxTimeoutSeconds}.`);
  return seconds * 1000;
}
