import type { Server } from '@modelcontextprotocol/server';
import { type AnswerSetting, plainKeyWarning, readConfig } from '../config.ts';
import { type ExitCode, exitCodes, UsageError } from '../errors.ts';
import { createSqlGuard, type SqlGuard } from '../guarded-sql/guard.ts';
import { type Log, stderrLog } from '../log.ts';
import { createListening, type Listening } from '../mcp/listening.ts';
import { createMcpServer } from '../mcp/server.ts';
import { serveStdio } from '../mcp/stdio.ts';
import { type CallCounts, createCallCounts } from '../metrics/calls.ts';
import { createNotices } from '../notices/watch.ts';
import { type Ensure, startSyncer } from '../sync/ensure.ts';
import { unusableEnsure } from '../sync/unusable.ts';
import { type Io, openIoLog } from './io.ts';

export interface TransportDeps {
  /** Makes the MCP server of a session, or of one request. */
  createServer: () => Server;
  createListening: (notify: (uri: string) => void) => Listening;
  ensure: Ensure;
  /** The user's own price table, instead of the one in the package. */
  pricesFile: string | undefined;
  /** Calls of tools that the process has had. */
  calls: CallCounts;
  /** The file that answers are read from at the moment. @throws MirrorError when there is none. */
  mirrorFile: () => Promise<string>;
  log: Log;
  /** Aborts when the process has to end. */
  stop: AbortSignal;
}

/** How a server speaks MCP. The promise resolves when the server has finished. */
export type ServeTransport = (io: Io, speech: TransportDeps) => Promise<void>;

export const overStdio: ServeTransport = (
  { stdin, stdout, abandonOutput, clock },
  { stop, ensure, pricesFile, calls, ...speech },
) => serveStdio({ ...speech, stdin, stdout, abandonOutput, clock }, stop);

/** A server streams no rows. */
type ServerSql = Pick<SqlGuard, 'ask' | 'stop'>;

interface Started {
  log: Log;
  ensure: Ensure;
  sql: ServerSql;
  pricesFile?: string | undefined;
  answers: AnswerSetting;
}

/**
 * Editors show tool answers, but seldom why a server did not start. So a wrong setting becomes the answer of every
 * tool.
 */
function startEnsure(io: Io): Started {
  const { clock, surroundings } = io;
  try {
    const config = readConfig(surroundings);
    const log = openIoLog(io, config);
    log.event?.('serve', { version: io.version });
    const { apiUrl, apiKey, pricesFile, answers } = config;
    const warning = plainKeyWarning(config);
    if (warning !== undefined) log.warn(warning);
    const sql = createSqlGuard({ clock, env: surroundings.env, access: { of: 'owner', apiUrl, apiKey } });
    return { log, ensure: startSyncer({ clock, log, config, surroundings }), sql, pricesFile, answers };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const log = stderrLog((line) => io.stderr.write(line));
    log.warn(error.message);
    const sql = { ask: () => Promise.reject(error), stop: async () => {} };
    return { log, ensure: unusableEnsure(error), sql, answers: 'auto' };
  }
}

/** `dunetrace-mcp serve`: serves MCP, with one syncer in a thread of its own. */
export async function serve(io: Io, speak: ServeTransport): Promise<ExitCode> {
  const { clock, version } = io;
  const { log, ensure, sql, pricesFile, answers } = startEnsure(io);
  // No request asks for notices, so they must not open the mirror: they wait until the syncer has opened it.
  const reader = () => ensure.opened.then(ensure.reader);
  const notices = createNotices({ ensure: { reader }, clock, log });
  const calls = createCallCounts();
  const context = { ensure, sql, clock, pricesFile };
  const createServer = () => createMcpServer({ context, log, version, notices, answers, onCall: calls.add });
  const listening = (notify: (uri: string) => void) => createListening({ reader, notices, log, notify });
  const stop = new AbortController();
  const release = io.onInterrupt(() => stop.abort());
  try {
    await speak(io, {
      mirrorFile: async () => (await ensure.reader()).file,
      createServer,
      createListening: listening,
      ensure,
      pricesFile,
      calls,
      log,
      stop: stop.signal,
    });
  } finally {
    await Promise.all([ensure.stop(), sql.stop()]);
    release();
  }
  return exitCodes.done;
}
