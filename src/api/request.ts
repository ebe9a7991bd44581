import type { Dispatcher } from 'undici';
import { ApiError } from '../errors.ts';
import { textOf, unpack } from './body.ts';
import { at, type Connection, shown } from './connection.ts';
import { errorOf } from './refusal.ts';
import { retryAfterMs } from './retry-after.ts';
import { explainUnreachable } from './unreachable.ts';

/** What to ask for: a path, already percent-encoded, and its query. */
export interface Target {
  path: string;
  /** Empty, or with its question mark. */
  query: string;
  /** How long it has waited for a connection and for the budget. */
  queuedMs: number;
}

/** What is known of a request once it has ended. */
interface Ended {
  status?: number;
  bytes?: number;
  error?: string;
}

/** A body, or an error that a retry may fix. `afterMs` is how long the API wants us to wait. */
export type Outcome = { body: string } | { retry: ApiError; afterMs?: number | undefined };

/**
 * We read no body further than this, so that parsing it does not fill the memory: JSON takes up to twenty times its
 * bytes there. It is 32 KiB for each row of the largest page, several times what the longest real rows take.
 */
const maxBodyBytes = 16 * 1024 * 1024;
const maxBody = `${maxBodyBytes / 1024 / 1024} MiB`;

/** Sends one request. @throws ApiError when a retry is useless; the caller's reason when it aborts. */
export async function request(connection: Connection, target: Target, caller: AbortSignal): Promise<Outcome> {
  const limit = AbortSignal.timeout(connection.config.timeoutMs);
  const began = connection.clock.monotonic();
  const ended: Ended = {};
  try {
    return await exchange(connection, target, AbortSignal.any([limit, caller]), ended);
  } catch (error) {
    ended.error = caller.aborted ? 'stopped' : error instanceof ApiError ? error.kind : 'unreachable';
    if (caller.aborted) throw caller.reason;
    if (error instanceof ApiError) throw error;
    const { config, url, proxy } = connection;
    const late = limit.aborted ? `no answer within ${config.timeoutMs / 1000} s` : undefined;
    const asked = { apiUrl: config.apiUrl, hostname: url.hostname, proxy };
    return { retry: new ApiError('unreachable', explainUnreachable(error, asked, late), { cause: error }) };
  } finally {
    logRequest(connection, target, ended, connection.clock.monotonic() - began);
  }
}

/** The path has ids, and no key; the query, which has cursors and filters, is left out. */
function logRequest(connection: Connection, { path, queuedMs }: Target, ended: Ended, ms: number): void {
  connection.log.event?.('request', {
    method: 'GET',
    path: shown(connection, path, 150),
    ...ended,
    ms: Math.round(ms),
    ...(queuedMs < 1 ? {} : { queued_ms: Math.round(queuedMs) }),
  });
}

async function exchange(connection: Connection, target: Target, signal: AbortSignal, ended: Ended): Promise<Outcome> {
  const { clock, spent } = connection;
  const { path } = target;
  spent.requests += 1;
  const began = clock.monotonic();
  const response = await send(connection, target, signal);
  ended.status = response.statusCode;
  readClock(connection, response, clock.monotonic() - began);
  const bytes = await readBody(response.body, at(connection, path));
  spent.bytes += bytes.length;
  ended.bytes = bytes.length;
  const body = await textWithin(bytes, response, at(connection, path));
  const { statusCode: status, headers } = response;
  if (status === 200) return { body };
  const afterMs = retryAfterMs(headers['retry-after'], clock.now());
  const error = errorOf({ status, path, body, location: headers.location, afterMs }, connection);
  if (error.kind === 'rate_limited' || error.kind === 'server_error') return { retry: error, afterMs };
  throw error;
}

function send({ config, url, dispatcher }: Connection, { path, query }: Target, signal: AbortSignal) {
  return dispatcher.request({
    origin: url.origin,
    path: `${url.pathname.replace(/(?<!\/)\/+$/, '')}${path}${query}`,
    method: 'GET',
    headers: {
      authorization: `Bearer ${config.apiKey}`,
      accept: 'application/json',
      'user-agent': 'dunetrace-mcp',
    },
    signal,
  });
}

/** Reads the server's clock off the Date header of an answer that took `tookMs`. */
function readClock({ clock, serverClock }: Connection, { headers }: Dispatcher.ResponseData, tookMs: number): void {
  const time = Date.parse(String(headers.date)) / 1000;
  const receivedAt = clock.now();
  serverClock.read({
    sentAt: receivedAt - tookMs / 1000,
    receivedAt,
    serverTime: Number.isFinite(time) ? time : undefined,
  });
}

/** @param from the request, for an error's message. */
async function readBody(body: Dispatcher.ResponseData['body'], from: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    const bytes: Buffer = chunk;
    size += bytes.length;
    if (size > maxBodyBytes) {
      body.destroy();
      throw new ApiError('bad_answer', `${from} answered with more than ${maxBody}, the limit of an answer.`);
    }
    chunks.push(bytes);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

/** The text of a body. A body that we can't unpack matters only with a 200: otherwise the status says what is wrong. */
async function textWithin(bytes: Buffer, response: Dispatcher.ResponseData, from: string): Promise<string> {
  const encoding = String(response.headers['content-encoding'] ?? '');
  const unpacked = await unpack(bytes, encoding, maxBodyBytes);
  if ('bytes' in unpacked) return textOf(unpacked.bytes);
  if (response.statusCode !== 200) return '';
  const what = unpacked.fault === 'too large' ? `exceeded ${maxBody}` : "can't be unpacked";
  throw new ApiError('bad_answer', `${from} answered with a body that ${what} (${encoding.slice(0, 50)})`);
}
