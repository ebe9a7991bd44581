import { type FileHandle, open } from 'node:fs/promises';
import { isOfDatabase } from '../db/file.ts';
import { messageOf, StoppedError, UsageError } from '../errors.ts';
import type { SqlGuard } from '../guarded-sql/guard.ts';
import type { Log } from '../log.ts';
import { plural } from '../text/plural.ts';
import { type RowFormat, tableLines } from '../text/rows.ts';
import type { Io } from './io.ts';
import { privateMode } from './new-file.ts';
import { mostRows } from './sql-options.ts';

/** Runs statements, and brings their rows to where they are wanted. */

/** A table's cells are for reading, and a line of text is 4,000 characters at most (src/printable.ts). */
const tableBounds = { columns: 2000, cellChars: 3900, rowChars: 262_144, totalChars: 16_777_216 };
/** No text of the API is longer than the most that is read of one answer of it, 16 MiB. */
const streamBounds = { columns: 2000, cellChars: 16_777_216 };

export interface RowsDeps {
  io: Io;
  guard: Pick<SqlGuard, 'ask' | 'stream'>;
  /** The mirror. */
  file: string;
  timeoutMs: number;
  limit: number | undefined;
  log: Log;
  /** Shows lines on stdout; `whole` is the same with nothing cut. */
  display(lines: readonly string[], whole: readonly string[]): Promise<void>;
}

/** How the rows of a statement are printed, and where. */
export interface Wanted {
  format: RowFormat;
  /** A file instead of stdout. */
  target?: string | undefined;
  /** Aborting it ends the statement. */
  signal?: AbortSignal | undefined;
}

/** Runs one statement and prints its rows: a table when all are there, other formats row by row, however many they are. */
export async function printRows(deps: RowsDeps, statement: string, wanted: Wanted): Promise<void> {
  const stop = new AbortController();
  const release = deps.io.onInterrupt(() => stop.abort(new StoppedError('Ended; what was printed is not all.')));
  const signal = wanted.signal ? AbortSignal.any([wanted.signal, stop.signal]) : stop.signal;
  try {
    if (wanted.format !== 'table') return await streamRows(deps, statement, wanted.format, { ...wanted, signal });
    const rows = mostRows('table', deps.limit);
    const question = { file: deps.file, sql: statement, limits: { ...tableBounds, rows } };
    const answer = await deps.guard.ask(question, { caller: deps.io, timeoutMs: deps.timeoutMs, signal });
    release();
    await printTable(deps, answer, wanted.target);
  } finally {
    release();
  }
}

async function printTable(
  { io, display, log }: RowsDeps,
  answer: Awaited<ReturnType<SqlGuard['ask']>>,
  target: string | undefined,
): Promise<void> {
  const whole = tableLines(answer);
  if (target === undefined) {
    // Some terminals don't report their width.
    const width = io.stdout.isTTY ? io.stdout.columns || 80 : undefined;
    await display(tableLines(answer, width), whole);
  } else {
    const sink = createFileSink(target);
    await sink.write(`${whole.join('\n')}\n`);
    await sink.close();
  }
  tellCut(log, answer.cutCells);
}

async function streamRows(
  { io, guard, file, timeoutMs, limit, log }: RowsDeps,
  statement: string,
  format: Exclude<RowFormat, 'table'>,
  { target, signal }: Wanted,
): Promise<void> {
  const sink = target === undefined ? createStdoutSink(io.stdout) : createFileSink(target);
  const limits = { ...streamBounds, rows: mostRows(format, limit) };
  const isTerminal = target === undefined && io.stdout.isTTY === true;
  const question = { file, sql: statement, limits, format, isTerminal };
  try {
    const { rows, truncated, cutCells } = await guard.stream(question, { timeoutMs, signal, write: sink.write });
    // No rows of NDJSON are no text: the file has to be there, and without the rows of an earlier statement.
    if (target !== undefined) await sink.write('');
    if (truncated) log.warn(`these are the first ${plural(rows, 'row')}; there are more`);
    tellCut(log, cutCells);
  } finally {
    await sink.close();
  }
}

function tellCut(log: Log, cells: number): void {
  if (cells > 0) log.warn(`${plural(cells, 'cell')} cut, followed by the full length`);
}

/** Nobody takes what is printed any more. */
export class LostOutputError extends Error {
  override readonly name = 'LostOutputError';
}

interface Sink {
  /** Resolves when the text has left the process, so that no more than that waits. */
  write(text: string | Uint8Array): Promise<void>;
  close(): Promise<void>;
}

function createStdoutSink(stdout: Io['stdout']): Sink {
  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        stdout.write(text, (cause) => (cause ? reject(new LostOutputError(cause.message, { cause })) : resolve()));
      }),
    close: async () => {},
  };
}

/**
 * A file that is written from its beginning, once there is something to write: a statement that is refused leaves it as it was.
 * No part of a database is written: the statement may read it at the same time.
 */
function createFileSink(file: string): Sink {
  let opened: FileHandle | undefined;
  return {
    write: async (text) => {
      try {
        if (!opened && isOfDatabase(file))
          throw new UsageError(
            `${file} is a SQLite database, or a part of one; nothing was written. Name another file.`,
          );
        opened ??= await open(file, 'w', privateMode);
        await opened.writeFile(text);
      } catch (error) {
        if (error instanceof UsageError) throw error;
        throw new UsageError(`${file} can't be written (${messageOf(error)}).`, { cause: error });
      }
    },
    close: async () => {
      await opened?.close();
    },
  };
}
