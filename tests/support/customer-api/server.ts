import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { SampleBackend } from './backend.ts';
import { type Answer, answer } from './routes.ts';

const MAX_RECORDED = 100_000;

/** One request as it came in. */
export interface RecordedRequest {
  readonly method: string;
  /** As sent: percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Milliseconds since the epoch, with fractions; never goes back. */
  readonly at: number;
  readonly authorization?: string;
}

export interface SampleServerOptions {
  readonly backend: SampleBackend;
  /** When set, every route but `/health` demands this bearer token. */
  readonly key?: string | undefined;
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  /**
   * Sees every request before it is answered, to inject faults. Returning true means that it answers itself, now or
   * later; `respond` gives the regular answer and may be called later too.
   */
  readonly intercept?: Intercept | undefined;
}

// biome-ignore lint/suspicious/noConfusingVoidType: lets an interceptor that only watches return nothing
export type Intercept = (req: IncomingMessage, res: ServerResponse, respond: () => void) => boolean | void;

export interface SampleServer {
  /** Without a slash at the end. */
  readonly url: string;
  /** The latest requests, oldest first; at most 100,000. */
  readonly requests: readonly RecordedRequest[];
  /** Stops listening and cuts every connection, requests under way included. May be called twice. */
  close(): Promise<void>;
}

/** Serves the backend on 127.0.0.1 as the Customer API would. Rejects when the port is taken. */
export async function startSampleServer(options: SampleServerOptions): Promise<SampleServer> {
  const { backend, key, port = 0, intercept } = options;
  const requests: RecordedRequest[] = [];

  const server = createServer((req, res) => {
    const [path = '', search = ''] = split(req.url ?? '/', '?');
    const query = new URLSearchParams(search);
    if (requests.length >= MAX_RECORDED) requests.splice(0, MAX_RECORDED / 10);
    requests.push(recorded(req, path, query));
    const respond = (): void => send(res, reply(req, path, query), backend.now());
    if (intercept?.(req, res, respond) !== true) respond();
  });

  const refusalOf = (sent: string | undefined, wanted: string): string | undefined => {
    const isNewest = backend.generation === 3;
    if (isNewest && sent === undefined) return 'Missing Authorization header';
    // The newest API takes the last word of the header, whatever stands before it.
    const isRight = isNewest ? sent?.split(' ').at(-1) === wanted : sent === `Bearer ${wanted}`;
    return isRight ? undefined : 'Invalid or inactive API key';
  };

  const reply = (req: IncomingMessage, path: string, query: URLSearchParams): Answer => {
    if (req.method !== 'GET') return { status: 405, body: { detail: 'Method Not Allowed' } };
    const refusal = key === undefined || path === '/health' ? undefined : refusalOf(req.headers.authorization, key);
    if (refusal !== undefined) return { status: 401, body: { detail: refusal } };
    return answer(backend, path, query);
  };

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the sample server has no TCP address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The text before and after the first `mark`. */
function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function recorded(req: IncomingMessage, path: string, query: URLSearchParams): RecordedRequest {
  const { authorization } = req.headers;
  return {
    method: req.method ?? '',
    path,
    query,
    at: performance.timeOrigin + performance.now(),
    ...(authorization === undefined ? {} : { authorization }),
  };
}

function send(res: ServerResponse, { status, body }: Answer, now: number): void {
  if (res.headersSent || res.destroyed) return;
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  const allow = status === 405 ? { allow: 'GET' } : {};
  const date = new Date(now * 1000).toUTCString();
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': length, date, ...allow }).end(text);
}
