import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { readConfig } from '../config.ts';
import { openReader } from '../db/open.ts';
import { type ExitCode, exitCodes, UsageError } from '../errors.ts';
import { createSqlGuard } from '../guarded-sql/guard.ts';
import { stderrLog } from '../log.ts';
import { schemaOf } from '../queries/schema.ts';
import { plural } from '../text/plural.ts';
import { type RowFormat, rowFormats, rowLines } from '../text/rows.ts';
import type { Io } from './io.ts';
import { sqlExamples } from './sql-examples.ts';
import { openHistory } from './sql-history.ts';
import { sqlShell } from './sql-shell.ts';

export interface SqlOptions {
  format?: string;
  limit?: string;
  /** Seconds. */
  timeout?: string;
  /** Writes CSV from which a spreadsheet runs no formula. */
  spreadsheet?: boolean;
  examples?: boolean;
}

const maxRows = 1000;
const maxTimeoutSeconds = 3600;
const bounds = { columns: 2000, cellChars: 32_768, rowChars: 262_144, totalChars: 16_777_216 };

function formatOf({ format: name = 'table', spreadsheet = false }: SqlOptions): RowFormat {
  if (spreadsheet) {
    if (name === 'csv') return 'spreadsheet';
    throw new UsageError(`--spreadsheet is for CSV, not for ${name}: leave --format out.`);
  }
  const format = rowFormats.find((known) => known === name);
  if (format === undefined) throw new UsageError(`There is no format "${name}". There are: ${rowFormats.join(', ')}.`);
  return format;
}

function limitOf(limit: string): number {
  const rows = Number(limit);
  if (!Number.isInteger(rows) || rows < 1 || rows > maxRows)
    throw new UsageError(`--limit is "${limit}"; it takes a whole number from 1 to ${maxRows}.`);
  return rows;
}

function timeoutOf(timeout: string): number {
  const seconds = Number(timeout);
  if (!(seconds >= 0.1 && seconds <= maxTimeoutSeconds))
    throw new UsageError(`--timeout is "${timeout}"; it takes seconds, from 0.1 to ${maxTimeoutSeconds}.`);
  return seconds * 1000;
}

/** The statement from the argument or from stdin; undefined: a user at a terminal types statements. */
async function statementOf(given: string | undefined, stdin: Io['stdin']): Promise<string | undefined> {
  if (given !== undefined && given !== '-') return given;
  if (given === undefined && stdin.isTTY) return undefined;
  return text(stdin);
}

/** `dunetrace-mcp sql`: runs read-only statements on the mirror. */
export async function sql(io: Io, given: string | undefined, options: SqlOptions): Promise<ExitCode> {
  const { stdin, stdout, stderr, clock } = io;
  if (options.examples) {
    stdout.write(sqlExamples.map((example) => `-- ${example.answers}\n${example.sql};\n`).join('\n'));
    return exitCodes.done;
  }
  const format = formatOf(options);
  const limits = { ...bounds, rows: limitOf(options.limit ?? String(maxRows)) };
  const timeoutMs = timeoutOf(options.timeout ?? '10');
  const config = readConfig(io.surroundings);
  const { dbFile: file, apiUrl, apiKey } = config;
  const log = stderrLog((line) => stderr.write(line));
  const guard = createSqlGuard({ clock, env: io.surroundings.env, owner: { apiUrl, apiKey } });

  async function run(statement: string, signal?: AbortSignal): Promise<void> {
    const question = { file, sql: statement, limits };
    const answer = await guard.ask(question, { caller: io, timeoutMs, ...(signal ? { signal } : {}) });
    // Some terminals don't report their width.
    const lines = rowLines(answer, format, stdout.isTTY ? stdout.columns || 80 : undefined);
    if (lines.length > 0) stdout.write(`${lines.join('\n')}\n`);
    // A table says so itself; the other formats have no room for such a line.
    if (answer.truncated && format !== 'table')
      log.warn(`these are the first ${answer.rows.length} rows; there are more`);
    if (answer.cutCells > 0) log.warn(`${plural(answer.cutCells, 'cell')} cut, followed by the full length`);
  }

  try {
    const statement = await statementOf(given, stdin);
    if (statement === undefined) {
      const reader = openReader(file, config);
      const tables = schemaOf(reader);
      reader.close();
      await sqlShell(io, { tables, history: openHistory(join(dirname(file), 'sql-history'), log), run });
    } else await run(statement);
  } finally {
    await guard.stop();
  }
  return exitCodes.done;
}
