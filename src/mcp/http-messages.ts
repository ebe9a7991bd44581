import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refusal } from './http-guard.ts';
import { idIn } from './lenient-message.ts';

/** The largest request body in bytes; the SDK's own transports have the same limit. */
const maxBodyBytes = 4 * 1024 * 1024;

/**
 * The JSON in a request's body.
 * @throws Refusal when the body is not JSON, is not declared as JSON, or is longer than 4 MiB.
 */
export async function readJson(req: IncomingMessage): Promise<unknown> {
  const mediaType = (req.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') throw new Refusal(415, 'Content-Type must be application/json.');
  const chunks: Buffer[] = [];
  let bytes = 0;
  // A stream that is only half read must stay open: the answer goes out on the same socket.
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new Refusal(413, `The body must not be longer than ${maxBodyBytes} bytes.`);
    chunks.push(chunk);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return value;
  } catch {
    throw new Refusal(400, 'The body is not valid JSON; it must be one JSON-RPC message.', { code: -32700 });
  }
}

export function sendJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  res.writeHead(status, { ...headers, 'content-type': 'application/json', 'x-content-type-options': 'nosniff' });
  res.end(JSON.stringify(body));
}

/** Sends the reason for a refusal as a JSON-RPC error, in answer to the request in `body`. */
export function sendRefusal(res: ServerResponse, { status, code, message, headers }: Refusal, body?: unknown): void {
  sendJson(res, status, { jsonrpc: '2.0', error: { code, message }, id: idIn(body) ?? null }, headers);
}
