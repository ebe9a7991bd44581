import { readConfig } from '../config.ts';
import { type ExitCode, exitCodes, UsageError } from '../errors.ts';
import { createSqlGuard, type SqlGuard } from '../guarded-sql/guard.ts';
import { type Log, stderrLog } from '../log.ts';
import { createMcpServer } from '../mcp/server.ts';
import { serveStdio } from '../mcp/stdio.ts';
import { createNotices } from '../notices/watch.ts';
import { type Ensure, startSyncer } from '../sync/ensure.ts';
import { unusableEnsure } from '../sync/unusable.ts';
import type { Io } from './io.ts';

export interface ServeOptions {
  http?: boolean;
  /** The same as `http`, which speaks both. */
  sse?: boolean;
  host?: string;
  port?: string;
}

/** The HTTP side, loaded only where it is asked for: a server over stdio should not wait for its code. */
async function httpSide(options: ServeOptions, io: Io) {
  if (!options.http && !options.sse) {
    if (options.host === undefined && options.port === undefined) return undefined;
    throw new UsageError('--host and --port are for a server over HTTP: add --http, or leave them out for stdio.');
  }
  const [{ readHttpSettings }, { startHttp }] = await Promise.all([
    import('../mcp/http-settings.ts'),
    import('../mcp/http.ts'),
  ]);
  return { settings: readHttpSettings(options, io.surroundings.env), startHttp };
}

/** An editor shows what a tool answers, and seldom why a server did not start: a wrong setting is answered with. */
function startEnsure(
  { clock, surroundings }: Io,
  log: Log,
): { ensure: Ensure; sql: SqlGuard; pricesFile?: string | undefined } {
  try {
    const config = readConfig(surroundings);
    const { apiUrl, apiKey, pricesFile } = config;
    const sql = createSqlGuard({ clock, owner: { apiUrl, apiKey } });
    return { ensure: startSyncer({ clock, config, surroundings }), sql, pricesFile };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    log.warn(error.message);
    return { ensure: unusableEnsure(error), sql: { ask: () => Promise.reject(error), stop: async () => {} } };
  }
}

/** `dunetrace-mcp serve`: MCP over stdio or HTTP, with one syncer in a thread of its own. */
export async function serve(io: Io, options: ServeOptions): Promise<ExitCode> {
  const { clock, version, stdin, stdout } = io;
  const http = await httpSide(options, io);
  const log = stderrLog((line) => io.stderr.write(line));
  const { ensure, sql, pricesFile } = startEnsure(io, log);
  // What is new is nobody's question: it is looked for once the syncer has opened the mirror.
  const reader = () => ensure.opened.then(ensure.reader);
  const notices = createNotices({ ensure: { reader }, clock, log });
  const createServer = () => createMcpServer({ context: { ensure, sql, clock, pricesFile }, log, version, notices });
  const stop = new AbortController();
  const release = io.onInterrupt(() => stop.abort());
  try {
    if (http) {
      const server = await http.startHttp({ settings: http.settings, createServer, clock, log, version });
      log.info(`listening on ${server.url}/mcp (and /sse for older clients)`);
      await aborted(stop.signal);
      await server.close();
    } else {
      await serveStdio(createServer(), { stdin, stdout, clock, log }, stop.signal);
    }
  } finally {
    await Promise.all([ensure.stop(), sql.stop()]);
    release();
  }
  return exitCodes.done;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
