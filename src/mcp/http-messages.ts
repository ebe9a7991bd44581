import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refusal } from './http-guard.ts';
import { idIn } from './lenient-message.ts';

/** The largest request body in bytes; the SDK's own transports have the same limit. */
const maxBodyBytes = 4 * 1024 * 1024;

/**
 * The text in a request's body.
 * @throws Refusal when the body is not of this media type, or is longer than so many bytes.
 */
export async function readBody(
  req: IncomingMessage,
  { type, maxBytes }: { type: string; maxBytes: number },
): Promise<string> {
  const mediaType = (req.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (mediaType !== type) throw new Refusal(415, `Content-Type must be ${type}.`);
  const chunks: Buffer[] = [];
  let bytes = 0;
  // A stream that is only half read must stay open: the answer goes out on the same socket.
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Refusal(413, `The body must not be longer than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The JSON in a request's body, of 4 MiB at most. @throws Refusal, for a body that is not valid JSON, too. */
export async function readJson(req: IncomingMessage): Promise<unknown> {
  const text = await readBody(req, { type: 'application/json', maxBytes: maxBodyBytes });
  try {
    const value: unknown = JSON.parse(text);
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
