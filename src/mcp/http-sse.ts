import { type JSONRPCMessage, parseJSONRPCMessage } from '@modelcontextprotocol/server';
import { SSEServerTransport } from '@modelcontextprotocol/server-legacy/sse';
import { Refusal } from './http-guard.ts';
import { readJson } from './http-messages.ts';
import { type Exchange, hold, makeRoom, type Shared, take, tooMany, unknownSession } from './http-sessions.ts';
import { withoutNothings } from './lenient-message.ts';
import { createUnanswered } from './unanswered.ts';

/** HTTP+SSE, the transport before Streamable HTTP: all answers go out on one stream. */

/** Bytes in a stream that the client has not read yet. A session with more than this gets no more answers. */
const maxBehind = 1024 * 1024;

/** Starts a session; the response is its stream. */
export async function beginSse(shared: Shared, { res }: Exchange): Promise<void> {
  await makeRoom(shared);
  const { sessions, traffic } = shared;
  const transport = new SSEServerTransport('/messages', res);
  const unanswered = createUnanswered();
  const send = transport.send.bind(transport);
  transport.send = async (message) => {
    await send(message);
    unanswered.went(message);
  };
  const server = shared.createServer();
  hold(shared, transport.sessionId, { kind: 'sse', server, transport, stream: res, unanswered });
  res.once('close', sessions.use(transport.sessionId, 'streams'));
  res.once('close', unanswered.end);
  traffic.beat(res);
  await server.connect(transport);
}

/** Handles a message of a session; its answer goes out on the session's stream. */
export async function postSse(shared: Shared, exchange: Exchange): Promise<void> {
  const { req, res, query } = exchange;
  const id = query.get('sessionId');
  if (!id) throw new Refusal(400, 'The parameter sessionId is missing; the stream at /sse gives the address to use.');
  const body = withoutNothings(await readJson(req));
  exchange.body = body;
  const session = shared.sessions.get(id);
  if (session?.kind !== 'sse') throw unknownSession();
  const message = messageIn(body);
  if (session.stream.writableLength > maxBehind) throw tooMany();
  session.unanswered.came(message, take(shared, id, 1));
  await session.transport.handleMessage(message);
  res.writeHead(202).end();
}

/** @throws Refusal for a body that is not a JSON-RPC message. */
function messageIn(body: unknown): JSONRPCMessage {
  try {
    return parseJSONRPCMessage(body);
  } catch {
    throw new Refusal(400, 'The body is not a JSON-RPC message.', { code: -32600 });
  }
}
