import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import type { Server } from '@modelcontextprotocol/server';
import type { SSEServerTransport } from '@modelcontextprotocol/server-legacy/sse';
import { Refusal } from './http-guard.ts';
import { idIn } from './lenient-message.ts';
import type { Sessions } from './sessions.ts';
import type { Traffic } from './traffic.ts';
import type { Unanswered } from './unanswered.ts';

/** One HTTP request and its response. */
export interface Exchange {
  req: IncomingMessage;
  res: ServerResponse;
  query: URLSearchParams;
  /** The request's body as JSON, once it has been read. */
  body?: unknown;
}

/** A session over HTTP, of either transport. */
export type Session =
  | { kind: 'streamable'; server: Server; transport: NodeStreamableHTTPServerTransport }
  | { kind: 'sse'; server: Server; transport: SSEServerTransport; stream: ServerResponse; unanswered: Unanswered };

/** What the handlers of both transports share. */
export interface Shared {
  /** Makes the MCP server of one session, or of one request in a revision without sessions. */
  createServer: () => Server;
  sessions: Sessions<Session>;
  traffic: Traffic;
}

export const maxSessions = 100;
/** How many requests of one session may wait for their answers. A batch may have a hundred. */
const maxRequests = 128;

/** Makes room for one more session. Clients seldom say that they are gone, and leave unused streams open. */
export async function makeRoom({ sessions }: Shared): Promise<void> {
  if (!sessions.isFull()) return;
  const idlest = sessions.idlest();
  if (!idlest)
    throw new Refusal(
      503,
      `${maxSessions} sessions are waiting for answers, which is the limit. End one with DELETE /mcp, or try again later.`,
    );
  await idlest.server.close();
}

/** Keeps the session until its server closes. */
export function hold({ sessions }: Shared, id: string, session: Session): void {
  const { server } = session;
  const { onclose } = server;
  // The SSE transport closes twice: once on request, once with its stream.
  server.onclose = () => {
    if (sessions.remove(id)) onclose?.();
  };
  sessions.add(id, session);
}

/** Counts requests of the session, up to its limit. @returns a function to call when their answers are out. */
export function take({ sessions, traffic }: Shared, id: string, number: number): () => void {
  if (sessions.requestsOf(id) + number > maxRequests) throw tooMany();
  const end = traffic.take(number);
  const leave = sessions.use(id, 'requests', number);
  return () => {
    end();
    leave();
  };
}

/** Counts a request whose answer, or stream, goes out on `res`. */
export function handleRequest(shared: Shared, id: string, { req, res, body }: Exchange): void {
  // A notification is not a request, so a cancellation always gets through.
  const requests = [body].flat().filter((message) => idIn(message) !== undefined);
  res.once('close', req.method === 'GET' ? shared.sessions.use(id, 'streams') : take(shared, id, requests.length));
}

export const unknownSession = () =>
  new Refusal(404, 'Session not found: it has ended, or never existed. Start a new one.', { code: -32001 });

export const tooMany = () =>
  new Refusal(
    429,
    `The session has ${maxRequests} requests whose answers are not ready or not read, which is the limit. Read the answers first.`,
    { headers: { 'retry-after': '1' } },
  );
