import { accessSync, closeSync, constants, openSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { ApiError, codeOf, LostLeaseError, MirrorError, messageOf, StoppedError, UsageError } from './errors.ts';
import { printable } from './printable.ts';

/** What is known of an event: names, numbers, ids. Never a key, a query's values, or what people, models and tools wrote. */
export type Facts = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Takes everything that is not an answer, and writes it to stderr. stdout belongs to the protocol or to the requested
 * data.
 */
export interface Log {
  info(message: string): void;
  /** `error`: what the message quotes. A log in a file names its kind instead, as its words may be a server's. */
  warn(message: string, error?: unknown): void;
  /** The program has done something, for those who asked to see that. Undefined: nobody did, and facts cost nothing. */
  event?: ((name: string, facts: Facts) => void) | undefined;
}

/** Where the log of work goes. */
export type LogTarget = 'none' | 'stderr' | { file: string };

export interface LogDeps {
  /** Writes a line to stderr. */
  write: (line: string) => void;
  clock: { now(): number };
  pid: number;
}

export function stderrLog(write: (line: string) => void): Log {
  return {
    info: (message) => write(`dunetrace-mcp: ${printable(message)}\n`),
    warn: (message) => write(`dunetrace-mcp: warning: ${printable(message)}\n`),
  };
}

/**
 * The log, with the events where `target` says.
 * @throws UsageError when the file can't be written.
 */
export function openLog(target: LogTarget, deps: LogDeps): Log {
  const log = stderrLog(deps.write);
  if (target === 'none') return log;
  if (target === 'stderr')
    return { ...log, event: (name, facts) => deps.write(`dunetrace-mcp: ${name}${plainFacts(facts)}\n`) };
  const append = appendTo(target.file, (message) => log.warn(message));
  const { clock, pid } = deps;
  const add = (level: 'info' | 'warn', event: string, facts: Facts) =>
    append(JSON.stringify({ at: new Date(clock.now() * 1000).toISOString(), level, event, pid, ...facts }));
  return {
    info: (message) => {
      log.info(message);
      add('info', 'message', { message });
    },
    warn: (message, error) => {
      log.warn(message);
      add('warn', 'message', { message: error === undefined ? message : unquoted(message, error) });
    },
    event: (name, facts) => add('info', name, facts),
  };
}

const plainFacts = (facts: Facts): string =>
  Object.entries(facts)
    .flatMap(([name, value]) => (value === undefined ? [] : [` ${name}=${plainValue(value)}`]))
    .join('');

function plainValue(value: string | number | boolean): string {
  const text = printable(String(value));
  return /^[\w./:%@+-]+$/.test(text) ? text : JSON.stringify(text);
}

const ourErrors = [UsageError, MirrorError, StoppedError, LostLeaseError] as const;

/** An error without words that may be somebody else's: a server's answer, or a value in what a library says. */
function plainError(error: unknown): string {
  if (ourErrors.some((kind) => error instanceof kind)) return messageOf(error);
  if (error instanceof ApiError) return `the API: ${error.kind}`;
  if (!(error instanceof Error)) return 'an error';
  const frames = (error.stack ?? '').split('\n').filter((line) => /^ +at /.test(line));
  return [`${error.name}${codeOf(error) === undefined ? '' : ` ${codeOf(error)}`}`, ...frames].join('\n');
}

function unquoted(message: string, error: unknown): string {
  const words = error instanceof Error ? [error.stack ?? '', error.message] : [String(error)];
  const plain = plainError(error);
  return words.filter((text) => text !== '').reduce((text, word) => text.replaceAll(word, () => plain), message);
}

/**
 * Adds lines to a file, each in one write: several processes share it. It is made for its owner alone.
 * @throws UsageError when it can't be written.
 */
function appendTo(file: string, warn: (message: string) => void): (line: string) => void {
  const descriptor = useLogFile(file, () => openSync(file, 'a', 0o600));
  let isTold = false;
  return (line) => {
    try {
      writeSync(descriptor, `${line}\n`);
    } catch (error) {
      if (!isTold) warn(`the log can't be written to ${file} (${codeOf(error) ?? messageOf(error)})`);
      isTold = true;
    }
  };
}

/** Makes sure that lines can be added to the file, which need not be there yet and is not made. @throws UsageError when not. */
export function demandLogFile(file: string): void {
  useLogFile(file, (isThere) => {
    if (isThere) closeSync(openSync(file, 'a'));
    // With the slash, only a folder will do.
    else accessSync(`${dirname(file)}/`, constants.W_OK | constants.X_OK);
  });
}

/** Uses a file, or the place of one that is not there yet. @throws UsageError when that fails, or it is no file. */
function useLogFile<Result>(file: string, use: (isThere: boolean) => Result): Result {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    // To open a pipe would wait for its reader.
    if (found && !found.isFile()) throw new Error('it is no file');
    return use(found !== undefined);
  } catch (error) {
    throw new UsageError(
      `DUNETRACE_LOG names ${file}, which can't be written (${codeOf(error) ?? messageOf(error)}). Name a file in a folder that is there, or stderr.`,
      { cause: error },
    );
  }
}
