import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { NodeStreamableHTTPServerTransport, toNodeHandler, toWebRequest } from '@modelcontextprotocol/node';
import {
  createMcpHandler,
  isInitializeRequest,
  isLegacyRequest,
  type JSONRPCMessage,
  parseJSONRPCMessage,
  type Server,
} from '@modelcontextprotocol/server';
import { SSEServerTransport } from '@modelcontextprotocol/server-legacy/sse';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { Refusal } from './http-guard.ts';
import { readJson } from './http-messages.ts';
import { idIn, withoutNothings } from './lenient-message.ts';
import { type Listening, listenMethod } from './listening.ts';
import { createSessions } from './sessions.ts';
import { createTraffic } from './traffic.ts';
import { createUnanswered, type Unanswered } from './unanswered.ts';
import { cancelUnheard, endCancelled } from './unheard.ts';

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
  | { kind: 'sse'; server: Server; transport: SSEServerTransport; stream: ServerResponse; unanswered: Unanswered };

const maxSessions = 100;
/** Requests of one session that wait for their answers; a batch may have a hundred. */
const maxRequests = 128;
/** Bytes that wait in a stream to be read; a session that is further behind gets no more answers. */
const maxBehind = 1024 * 1024;
const idleMs = 30 * 60_000;
const sweepMs = 60_000;

/** The handlers of MCP over HTTP: revisions without sessions, and with them, Streamable or the older SSE. */
export function createHandlers({ createServer, createListening, clock, log }: HandlersDeps) {
  const sessions = createSessions<Session>({ clock, max: maxSessions, idleMs });
  const traffic = createTraffic(clock);
  const modern = createMcpHandler(createServer, { legacy: 'reject' });
  const answerModern = toNodeHandler(modern, { onerror: (error) => log.warn(`a request failed: ${error.message}`) });
  const listening = createListening((uri) => modern.notify.resourceUpdated(uri));

  /** Makes room for one more session: clients seldom say that they have gone, and keep streams open that nobody needs. */
  async function makeRoom(): Promise<void> {
    if (!sessions.isFull()) return;
    const idlest = sessions.idlest();
    if (idlest) {
      await idlest.server.close();
      return;
    }
    throw new Refusal(
      503,
      `There are ${maxSessions} sessions that wait for answers, as many as may be. End one with DELETE /mcp, or try later.`,
    );
  }

  /** Keeps the session until its server closes. */
  function hold(id: string, session: Session): void {
    const { server } = session;
    const { onclose } = server;
    // The older transport closes twice: once as it is told to, once with its stream.
    server.onclose = () => {
      if (sessions.remove(id)) onclose?.();
    };
    sessions.add(id, session);
  }

  /** Takes on requests of the session, which may not have too many. @returns what to call when their answers are out. */
  function take(id: string, number: number): () => void {
    if (sessions.requestsOf(id) + number > maxRequests) throw tooMany();
    const end = traffic.take(number);
    const leave = sessions.use(id, 'requests', number);
    return () => {
      end();
      leave();
    };
  }

  /** Takes on a request whose answer, or stream, goes out on `res`. */
  function takeWith(id: string, { req, res, body }: Exchange): void {
    // A notification is no request: one that cancels always has room.
    const requests = [body].flat().filter((message) => idIn(message) !== undefined);
    res.once('close', req.method === 'GET' ? sessions.use(id, 'streams') : take(id, requests.length));
    traffic.watch(res);
  }

  async function beginStreamable(exchange: Exchange): Promise<void> {
    const { req, res, body } = exchange;
    await makeRoom();
    const id = randomUUID();
    const transport = new NodeStreamableHTTPServerTransport({ sessionIdGenerator: () => id });
    const server = createServer();
    hold(id, { kind: 'streamable', server, transport });
    try {
      takeWith(id, exchange);
      await server.connect(transport);
      await transport.handleRequest(req, res, body);
    } finally {
      // A request that the transport turned down has begun nothing.
      if (transport.sessionId === undefined) await server.close();
    }
  }

  async function goOnStreamable(exchange: Exchange): Promise<void> {
    const { req, res, body } = exchange;
    const id = req.headers['mcp-session-id'];
    if (typeof id !== 'string' || id === '') {
      throw new Refusal(
        400,
        'The header Mcp-Session-Id is missing. A session begins with an initialize request, sent as POST to /mcp.',
      );
    }
    const session = sessions.get(id);
    if (session?.kind !== 'streamable') throw unknownSession();
    acceptWhatever(req);
    takeWith(id, exchange);
    cancelUnheard(session.transport, res, body);
    await session.transport.handleRequest(req, res, body);
    endCancelled(session.transport, body);
  }

  async function answerWithoutSession({ req, res, body }: Exchange): Promise<void> {
    const params = listenParamsOf(body);
    if (params === undefined) res.once('close', traffic.take());
    else {
      listening.begin(res, params);
      res.once('close', () => listening.end(res));
    }
    traffic.watch(res);
    await answerModern(asAdapterTakesIt(req), res, body);
  }

  async function postStreamable(exchange: Exchange): Promise<void> {
    const { req } = exchange;
    const body = withoutNothings(await readJson(req));
    exchange.body = body;
    acceptWhatever(req);
    if (!(await isLegacyRequest(await toWebRequest(asAdapterTakesIt(req), body), body)))
      return answerWithoutSession(exchange);
    // A client that lost its session may begin the next one under the old one's id.
    return isInitializeRequest(body) ? beginStreamable(exchange) : goOnStreamable(exchange);
  }

  async function beginSse({ res }: Exchange): Promise<void> {
    await makeRoom();
    const transport = new SSEServerTransport('/messages', res);
    const unanswered = createUnanswered();
    const send = transport.send.bind(transport);
    transport.send = async (message) => {
      await send(message);
      unanswered.went(message);
    };
    const server = createServer();
    hold(transport.sessionId, { kind: 'sse', server, transport, stream: res, unanswered });
    res.once('close', sessions.use(transport.sessionId, 'streams'));
    res.once('close', unanswered.end);
    traffic.watch(res, { beats: true });
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
    const message = messageIn(body);
    if (session.stream.writableLength > maxBehind) throw tooMany();
    session.unanswered.came(message, take(id, 1));
    await session.transport.handleMessage(message);
    res.writeHead(202).end();
  }

  async function sweep(signal: AbortSignal): Promise<never> {
    for (;;) {
      await clock.sleep(sweepMs, signal);
      await closeAll(sessions.idle());
    }
  }

  const closeAll = (some: readonly Session[]) => Promise.all(some.map(({ server }) => server.close()));

  return {
    postStreamable,
    goOnStreamable,
    beginSse,
    postSse,
    /** Ends sessions that nobody uses, and answers that nobody reads, for as long as `signal` lets it; rejects once that aborts. */
    lookAfter: (signal: AbortSignal): Promise<unknown> => Promise.all([sweep(signal), traffic.run(signal)]),
    /** Ends every session, every request, and their streams. */
    close: async (): Promise<void> => {
      listening.stop();
      await Promise.all([modern.close(), closeAll(sessions.all())]);
    },
  };
}

const unknownSession = () =>
  new Refusal(404, 'Session not found: it has ended, or never was. Begin a new one.', { code: -32001 });

const tooMany = () =>
  new Refusal(
    429,
    `The session has ${maxRequests} requests without an answer, or answers that nobody reads. Read them.`,
    {
      headers: { 'retry-after': '1' },
    },
  );

/** @throws Refusal for what is no JSON-RPC message. */
function messageIn(body: unknown): JSONRPCMessage {
  try {
    return parseJSONRPCMessage(body);
  } catch {
    throw new Refusal(400, 'The body is no JSON-RPC message.', { code: -32600 });
  }
}

/** Who takes any type of answer, or does not say, takes the two that there are: the SDK wants them by name. */
function acceptWhatever(req: IncomingMessage): void {
  const { accept } = req.headers;
  if (accept === undefined || accept.includes('*/*')) req.headers.accept = 'application/json, text/event-stream';
}

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
