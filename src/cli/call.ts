import { text } from 'node:stream/consumers';
import { plainKeyWarning, readConfig } from '../config.ts';
import { type ExitCode, exitCodes, StoppedError, UsageError } from '../errors.ts';
import { createSqlGuard } from '../guarded-sql/guard.ts';
import { json } from '../printable.ts';
import { startSyncer } from '../sync/ensure.ts';
import { fitted } from '../text/tables.ts';
import { type Called, callTool } from '../tools/call-tool.ts';
import { tools } from '../tools/registry.ts';
import { type Io, openIoLog } from './io.ts';
import { createProgressDisplay } from './progress.ts';

export interface Asked {
  tool: string;
  args: unknown;
}

/** The arguments of a call: none, JSON, or JSON from stdin. @throws UsageError for what is no JSON. */
export async function readArguments(given: string | undefined, stdin: Io['stdin']): Promise<unknown> {
  const typed = given === '-' ? await text(stdin) : given;
  if (typed === undefined || typed.trim() === '') return {};
  try {
    return JSON.parse(typed);
  } catch {
    throw new UsageError('The arguments are not JSON. They are one object, such as \'{"agent_id": "my-agent"}\'.');
  }
}

/** Prints a line for each tool: its name, and what it is for. */
export function listTools({ stdout }: Io): void {
  const width = Math.max(...tools.map(({ name }) => name.length));
  for (const { name, description } of tools) {
    const line = `${name.padEnd(width)}  ${description.split('\n', 1).join('')}`;
    stdout.write(`${stdout.isTTY ? fitted(line, stdout.columns || 80) : line}\n`);
  }
}

/**
 * `dunetrace-mcp call`: answers as a server does, from a mirror that a server keeps fresh, or after a sync of what the
 * question needs, within the same budget; a terminal shows the progress of that.
 */
export async function call(io: Io, { tool, args }: Asked, options: { json?: boolean }): Promise<ExitCode> {
  const { clock, surroundings, stdout, stderr } = io;
  const config = readConfig(surroundings);
  const log = openIoLog(io, config);
  const warning = plainKeyWarning(config);
  if (warning !== undefined) log.warn(warning);
  const { apiUrl, apiKey, pricesFile } = config;
  const display = stderr.isTTY && config.log !== 'stderr' ? createProgressDisplay(io) : undefined;
  const ensure = startSyncer({ clock, log, config, surroundings, onProgress: display?.show });
  const sql = createSqlGuard({ clock, env: surroundings.env, access: { of: 'owner', apiUrl, apiKey } });
  const stop = new AbortController();
  const release = io.onInterrupt(() => stop.abort(new StoppedError('Ended before the answer.')));
  try {
    const context = { ensure, sql, clock, pricesFile };
    const asking = { signal: stop.signal, onProgress: () => {}, caller: io, showsPictures: false };
    const called = await orAborted(stop.signal, callTool(tool, args, { context, log }, asking)).finally(display?.end);
    if ('fault' in called) {
      stderr.write(`dunetrace-mcp: ${called.fault}\n`);
      return exitCodes.unanswered;
    }
    stdout.write(`${options.json ? json(called.answer.structured) : called.answer.text}\n`);
    return exitCodes.done;
  } finally {
    await Promise.all([ensure.stop(), sql.stop()]);
    release();
  }
}

/** @throws the signal's reason as soon as it aborts. */
async function orAborted(signal: AbortSignal, called: Promise<Called>): Promise<Called> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return await Promise.race([called, aborted]);
}
