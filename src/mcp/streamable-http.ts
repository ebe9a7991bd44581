import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { NodeStreamableHTTPServerTransport, type toNodeHandler, toWebRequest } from '@modelcontextprotocol/node';
import { isInitializeRequest, isLegacyRequest } from '@modelcontextprotocol/server';
import { Refusal } from './http-guard.ts';
import { readJson } from './http-messages.ts';
import { type Exchange, handleRequest, hold, makeRoom, type Shared, unknownSession } from './http-sessions.ts';
import { withoutNothings } from './lenient-message.ts';
import { type Listening, listenMethod } from './listening.ts';
import { cancelUnheard, endCancelled } from './unheard.ts';

/** Streamable HTTP, for revisions without sessions and with them. */
export interface Streamable extends Shared {
  listening: Listening;
  /** Answers a request of a revision without sessions. */
  answerModern: ReturnType<typeof toNodeHandler>;
}

/** Answers a POST of either kind of revision. */
export async function postStreamable(streamable: Streamable, exchange: Exchange): Promise<void> {
  const { req } = exchange;
  const body = withoutNothings(await readJson(req));
  exchange.body = body;
  acceptWhatever(req);
  if (!(await isLegacyRequest(await toWebRequest(asAdapterTakesIt(req), body), body)))
    return answerWithoutSession(streamable, exchange);
  // A client that lost its session may start the next one under the old id.
  return isInitializeRequest(body) ? beginSession(streamable, exchange) : continueStreamable(streamable, exchange);
}

async function answerWithoutSession(streamable: Streamable, { req, res, body }: Exchange): Promise<void> {
  const { listening, traffic, answerModern } = streamable;
  const params = listenParamsOf(body);
  if (params === undefined) res.once('close', traffic.take());
  else {
    listening.begin(res, params);
    res.once('close', () => listening.end(res));
  }
  await answerModern(asAdapterTakesIt(req), res, body);
}

async function beginSession(shared: Shared, exchange: Exchange): Promise<void> {
  const { req, res, body } = exchange;
  await makeRoom(shared);
  const id = randomUUID();
  const transport = new NodeStreamableHTTPServerTransport({ sessionIdGenerator: () => id });
  const server = shared.createServer();
  hold(shared, id, { kind: 'streamable', server, transport });
  try {
    handleRequest(shared, id, exchange);
    await server.connect(transport);
    await transport.handleRequest(req, res, body);
  } finally {
    // A request that the transport rejected has started no session.
    if (transport.sessionId === undefined) await server.close();
  }
}

/** Answers a request of an existing session. */
export async function continueStreamable(shared: Shared, exchange: Exchange): Promise<void> {
  const { req, res, body } = exchange;
  const id = req.headers['mcp-session-id'];
  if (typeof id !== 'string' || id === '') {
    throw new Refusal(
      400,
      'The header Mcp-Session-Id is missing. A session begins with an initialize request, sent as POST to /mcp.',
    );
  }
  const session = shared.sessions.get(id);
  if (session?.kind !== 'streamable') throw unknownSession();
  acceptWhatever(req);
  handleRequest(shared, id, exchange);
  cancelUnheard(session.transport, res, body);
  await session.transport.handleRequest(req, res, body);
  endCancelled(session.transport, body);
}

/** Accepts both content types for a client that accepts anything or does not say: the SDK wants them named. */
function acceptWhatever(req: IncomingMessage): void {
  const { accept } = req.headers;
  if (accept === undefined || accept.includes('*/*')) req.headers.accept = 'application/json, text/event-stream';
}

/** A request in the form that the SDK's adapters take: with a method and a URL, which every request of a server has. */
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
