import { readConfig } from '../config.ts';
import { type ExitCode, exitCodes, messageOf, UsageError } from '../errors.ts';
import { openReader, type Reader } from '../mirror/open.ts';
import { type RowFormat, type Rows, rowFormats, rowLines } from '../text/rows.ts';
import type { Io } from './io.ts';

/** Runs one statement that reads. @throws UsageError with SQLite's own words for what is wrong with it. */
function query({ sqlite }: Reader, statement: string): Rows {
  try {
    const prepared = sqlite.prepare<[], unknown[]>(statement);
    if (!prepared.reader || !prepared.readonly) {
      throw new UsageError('sql takes one statement that only reads, such as SELECT. Nothing was run.');
    }
    return { columns: prepared.columns().map(({ name }) => name), rows: prepared.raw().all() };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${messageOf(error)}. Tables to read: v_agents, v_runs, v_signals, v_run_events.`, {
      cause: error,
    });
  }
}

/** `dunetrace-mcp sql`: a read-only question to the mirror. */
export function sql(io: Io, statement: string, options: { format?: string }): ExitCode {
  const format = rowFormats.find((name) => name === (options.format ?? 'table'));
  if (format === undefined) {
    throw new UsageError(`There is no format "${options.format}"; there are ${rowFormats.join(', ')}.`);
  }
  const config = readConfig(io.surroundings);
  const reader = openReader(config.dbFile, config);
  try {
    const lines = rowLines(query(reader, statement), format satisfies RowFormat);
    if (lines.length > 0) io.stdout.write(`${lines.join('\n')}\n`);
  } finally {
    reader.close();
  }
  return exitCodes.done;
}
