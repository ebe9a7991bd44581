import { text } from 'node:stream/consumers';
import { readConfig } from '../config.ts';
import { type ExitCode, exitCodes, StoppedError, UsageError } from '../errors.ts';
import { createSqlGuard, type SqlGuard } from '../guarded-sql/guard.ts';
import { stderrLog } from '../log.ts';
import { type SchemaTable, schemaFrom, schemaQuery } from '../queries/schema.ts';
import type { Io } from './io.ts';
import { exampleLines, isCommand, readCommand } from './sql-commands.ts';
import { openHistory } from './sql-history.ts';
import { type Asking, askingOf, type SqlOptions } from './sql-options.ts';
import { display } from './sql-pager.ts';
import { LostOutputError, printRows } from './sql-rows.ts';
import { sqlShell } from './sql-shell.ts';
import { anySource, ownSource, type Source } from './sql-source.ts';

/** The statement from the argument or from stdin; undefined: a user at a terminal types statements. */
async function statementOf(given: string | undefined, stdin: Io['stdin']): Promise<string | undefined> {
  if (given !== undefined && given !== '-') return given;
  if (given === undefined && stdin.isTTY) return undefined;
  return text(stdin);
}

/** `dunetrace-mcp sql`: runs read-only statements on the mirror, or on anyone's. */
export async function sql(io: Io, given: string | undefined, options: SqlOptions): Promise<ExitCode> {
  if (options.examples) {
    await display(io, exampleLines());
    return exitCodes.done;
  }
  const asking = askingOf(options);
  const config = readConfig(io.surroundings);
  const statement = await statementOf(given, io.stdin);
  const source = options.file === undefined ? ownSource(config) : anySource(options.file, io.workDir);
  const guard = createSqlGuard({ clock: io.clock, env: io.surroundings.env, access: source.access });
  // What runs ends with the write that fails, and what it made is removed.
  io.stdout.on('error', () => {});
  try {
    if (statement === undefined) await shell(io, asking, { guard, source, ownFile: config.dbFile });
    else await once(io, asking, { guard, source }, statement);
  } catch (error) {
    // The program's end tells what was lost; a reader that has seen enough is no error.
    if (error instanceof LostOutputError) return exitCodes.done;
    // Whoever does not take what was printed may never do so.
    if (error instanceof StoppedError) io.abandonOutput();
    throw error;
  } finally {
    await guard.stop();
    source.remove();
  }
  return exitCodes.done;
}

interface Asked {
  guard: SqlGuard;
  source: Source;
}

/** Answers one statement, or one command. */
async function once(io: Io, asking: Asking, asked: Asked, statement: string): Promise<void> {
  const line = statement.trim();
  if (!isCommand(line)) {
    const show = (lines: readonly string[], whole: readonly string[]) => display(io, lines, whole);
    await printRows(rowsDeps(io, asking, asked, show), statement, asking);
    return;
  }
  const command = await readCommand(line, { format: asking.format, tables: () => tablesOf(io, asked) });
  if (command.does === 'show') await display(io, command.lines);
  else if (command.does !== 'quit')
    throw new UsageError('.mode and .once are for the shell. Here --format names the format, and > a file.');
}

async function shell(io: Io, asking: Asking, asked: Asked & { ownFile: string }): Promise<void> {
  const log = stderrLog((line) => io.stderr.write(line));
  await sqlShell(io, {
    format: asking.format,
    tables: await tablesOf(io, asked),
    history: openHistory(`${asked.ownFile}.sql-history`, log),
    display: (lines, whole) => display(io, lines, whole),
    run: (statement, { display: show, ...wanted }) => printRows(rowsDeps(io, asking, asked, show), statement, wanted),
  });
}

type Show = (lines: readonly string[], whole: readonly string[]) => Promise<void>;

function rowsDeps(io: Io, { limit, timeoutMs }: Asking, { guard, source }: Asked, show: Show) {
  const log = stderrLog((line) => io.stderr.write(line));
  return { io, guard, file: source.file, timeoutMs, limit, log, display: show };
}

/** Room for a schema of any mirror, and for no more. */
const schemaLimits = { rows: 20_000, columns: 4, cellChars: 1000, rowChars: 4000, totalChars: 4_000_000 };
const schemaMs = 10_000;

/** The schema, as the process that runs statements reads it: a file of others is opened nowhere else. */
async function tablesOf(io: Io, { guard, source: { file } }: Asked): Promise<SchemaTable[]> {
  const question = { file, sql: schemaQuery, limits: schemaLimits };
  return schemaFrom((await guard.ask(question, { caller: io, timeoutMs: schemaMs })).rows);
}
