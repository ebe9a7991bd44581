import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { NodeStreamableHTTPServerTransport, toNodeHandler, toWebRequest } from '@modelcontextprotocol/node';
import { createMcpHandler, isInitializeRequest, isLegacyRequest, type Server } from '@modelcontextprotocol/server';
import { SSEServerTransport } from '@modelcontextprotocol/server-legacy/sse';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { Refusal } from './http-guard.ts';
import { readJson } from './http-messages.ts';
import { withoutNothings } from './lenient-message.ts';
import { type Listening, listenMethod } from './listening.ts';
import { createSessions } from './sessions.ts';
import { cancelUnheard } from './unheard.ts';

export interface Exchange {
  req: IncomingMessage;
  res: ServerResponse;
  query: URLSearchParams;
  /** What the request's body says, once it was read. */
  body?: unknown;
}

/** Answers a request, now or later. @throws Refusal that says what is wrong with it. */
export type Handler = (exchange: Exchange) => Promise<void> | void;

export interface HandlersDeps {
  /** Makes the MCP server of one session, or of one request where there are no sessions. */
  createServer: () => Server;
  createListening: (tell: (uri: string) => void) => Listening;
  clock: Pick<Clock, 'monotonic' | 'sleep'>;
  log: Log;
}

type Session =
  | { kind: 'streamable'; server: Server; transport: NodeStreamableHTTPServerTransport }
  | { kind: 'sse'; server: Server; transport: SSEServerTransport };

const maxSessions = 100;
const idleMs = 30 * 60_000;
const sweepMs = 60_000;

/** The handlers of MCP over HTTP: revisions without sessions, and with them, Streamable or the older SSE. */
export function createHandlers({ createServer, createListening, clock, log }: HandlersDeps) {
  const sessions = createSessions<Session>({ clock, max: maxSessions, idleMs });
  const modern = createMcpHandler(createServer, { legacy: 'reject' });
  const answerModern = toNodeHandler(modern, { onerror: (error) => log.warn(`a request failed: ${error.message}`) });
  const listening = createListening((uri) => modern.notify.resourceUpdated(uri));

  /** Makes room for one more session: clients seldom say that they have gone. */
  async function makeRoom(): Promise<void> {
    if (!sessions.isFull()) return;
    const idlest = sessions.idlest();
    if (idlest) {
      await idlest.server.close();
      return;
    }
    throw new Refusal(
      503,
      `There are ${maxSessions} sessions in use, as many as may be. End one with DELETE /mcp, or try later.`,
    );
  }

  /** Keeps the session until its server closes, and notes that its first request is open. */
  function hold(id: string, session: Session, res: ServerResponse): void {
    const { server } = session;
    const { onclose } = server;
    // The older transport closes twice: once as it is told to, once with its stream.
    server.onclose = () => {
      if (sessions.remove(id)) onclose?.();
    };
    sessions.add(id, session);
    res.once('close', sessions.use(id));
  }

  async function beginStreamable({ req, res, body }: Exchange): Promise<void> {
    await makeRoom();
    const id = randomUUID();
    const transport = new NodeStreamableHTTPServerTransport({ sessionIdGenerator: () => id });
    const server = createServer();
    hold(id, { kind: 'streamable', server, transport }, res);
    try {
      await server.connect(transport);
      await transport.handleRequest(req, res, body);
    } finally {
      // A request that the transport turned down has begun nothing.
      if (transport.sessionId === undefined) await server.close();
    }
  }

  async function goOnStreamable({ req, res, body }: Exchange): Promise<void> {
    const id = req.headers['mcp-session-id'];
    if (typeof id !== 'string' || id === '') {
      throw new Refusal(
        400,
        'The header Mcp-Session-Id is missing. A session begins with an initialize request, sent as POST to /mcp.',
      );
    }
    const session = sessions.get(id);
    if (session?.kind !== 'streamable') throw unknownSession();
    res.once('close', sessions.use(id));
    cancelUnheard(session.transport, res, body);
    await session.transport.handleRequest(req, res, body);
  }

  async function answerWithoutSession({ req, res, body }: Exchange): Promise<void> {
    const params = listenParamsOf(body);
    if (params !== undefined) {
      listening.begin(res, params);
      res.once('close', () => listening.end(res));
    }
    await answerModern(asAdapterTakesIt(req), res, body);
  }

  async function postStreamable(exchange: Exchange): Promise<void> {
    const { req } = exchange;
    const body = withoutNothings(await readJson(req));
    exchange.body = body;
    if (!(await isLegacyRequest(await toWebRequest(asAdapterTakesIt(req), body), body)))
      return answerWithoutSession(exchange);
    const isBeginning = req.headers['mcp-session-id'] === undefined && isInitializeRequest(body);
    return isBeginning ? beginStreamable(exchange) : goOnStreamable(exchange);
  }

  async function beginSse({ res }: Exchange): Promise<void> {
    await makeRoom();
    const transport = new SSEServerTransport('/messages', res);
    const server = createServer();
    hold(transport.sessionId, { kind: 'sse', server, transport }, res);
    await server.connect(transport);
  }

  async function postSse(exchange: Exchange): Promise<void> {
    const { req, res, query } = exchange;
    const id = query.get('sessionId');
    if (!id) throw new Refusal(400, 'The parameter sessionId is missing; the stream at /sse tells the address to use.');
    const body = withoutNothings(await readJson(req));
    exchange.body = body;
    const session = sessions.get(id);
    if (session?.kind !== 'sse') throw unknownSession();
    try {
      await session.transport.handleMessage(body);
    } catch {
      throw new Refusal(400, 'The body is no JSON-RPC message.', { code: -32600 });
    }
    res.writeHead(202).end();
  }

  const closeAll = (some: readonly Session[]) => Promise.all(some.map(({ server }) => server.close()));

  return {
    postStreamable,
    goOnStreamable,
    beginSse,
    postSse,
    /** Ends sessions that nobody uses, for as long as `signal` lets it; rejects once that aborts. */
    sweep: async (signal: AbortSignal): Promise<never> => {
      for (;;) {
        await clock.sleep(sweepMs, signal);
        await closeAll(sessions.idle());
      }
    },
    /** Ends every session, every request, and their streams. */
    close: async (): Promise<void> => {
      listening.stop();
      await Promise.all([modern.close(), closeAll(sessions.all())]);
    },
  };
}

const unknownSession = () =>
  new Refusal(404, 'Session not found: it has ended, or never was. Begin a new one.', { code: -32001 });

/** The SDK's adapters take a request without what Node leaves open: each request of a server has a method and a URL. */
const asAdapterTakesIt = (req: IncomingMessage) => ({
  method: req.method ?? 'GET',
  url: req.url ?? '/',
  headers: req.headers,
  [Symbol.asyncIterator]: () => req[Symbol.asyncIterator](),
});

/** The params of a request to listen; undefined for any other body. */
function listenParamsOf(body: unknown): unknown {
  const isListen =
    typeof body === 'object' && body !== null && 'method' in body && body.method === listenMethod && 'params' in body;
  return isListen ? body.params : undefined;
}
