import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { createMirrorRoute, type MirrorRouteDeps } from './http-mirror.ts';
import { type Exchange, maxSessions, type Session, type Shared } from './http-sessions.ts';
import { beginSse, postSse } from './http-sse.ts';
import type { Listening } from './listening.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { continueStreamable, postStreamable } from './streamable-http.ts';
import { createTraffic } from './traffic.ts';

/** Answers a request, now or later. @throws Refusal that says what is wrong with it. */
export type Handler = (exchange: Exchange) => Promise<void> | void;

/** The handlers of each path, by method. */
export type Routes = Map<string, Readonly<Record<string, Handler>>>;

export interface HandlersDeps extends Pick<Shared, 'createServer'>, Pick<MirrorRouteDeps, 'mirrorFile'> {
  createListening: (notify: (uri: string) => void) => Listening;
  clock: Pick<Clock, 'monotonic' | 'sleep'>;
  log: Log;
}

const idleMs = 30 * 60_000;
const sweepMs = 60_000;

/** MCP over HTTP: Streamable HTTP at /mcp, the older HTTP+SSE at /sse and /messages; and the mirror itself at /mirror. */
export function createHandlers(deps: HandlersDeps, token: MirrorRouteDeps['token']) {
  const { createServer, createListening, mirrorFile, clock, log } = deps;
  const sessions = createSessions<Session>({ clock, max: maxSessions, idleMs });
  const traffic = createTraffic(clock);
  const modern = createMcpHandler(createServer, { legacy: 'reject' });
  const answerModern = toNodeHandler(modern, {
    onerror: (error) => log.warn(`a request failed: ${error.message}`, error),
  });
  const listening = createListening((uri) => modern.notify.resourceUpdated(uri));
  const shared = { createServer, sessions, traffic };
  const streamable = { ...shared, listening, answerModern };
  const continueSession: Handler = (exchange) => continueStreamable(shared, exchange);
  const mirror = createMirrorRoute({ mirrorFile, token });
  const routes: Routes = new Map<string, Readonly<Record<string, Handler>>>([
    [
      '/mcp',
      { GET: continueSession, POST: (exchange) => postStreamable(streamable, exchange), DELETE: continueSession },
    ],
    ['/sse', { GET: (exchange) => beginSse(shared, exchange) }],
    ['/messages', { POST: (exchange) => postSse(shared, exchange) }],
    ['/mirror', { GET: mirror.handler }],
  ]);
  return {
    routes,
    traffic,
    /** Ends idle sessions and connections that no client reads, until `signal` aborts; then it rejects. */
    lookAfter: (signal: AbortSignal): Promise<unknown> =>
      Promise.all([sweep(sessions, clock, signal), traffic.run(signal)]),
    /** Ends every session, every request, and their streams. */
    close: async (): Promise<void> => {
      listening.stop();
      await Promise.all([modern.close(), closeAll(sessions.all()), mirror.close()]);
    },
  };
}

async function sweep(sessions: Sessions<Session>, clock: Pick<Clock, 'sleep'>, signal: AbortSignal): Promise<never> {
  for (;;) {
    await clock.sleep(sweepMs, signal);
    await closeAll(sessions.idle());
  }
}

const closeAll = (sessions: readonly Session[]) => Promise.all(sessions.map(({ server }) => server.close()));
