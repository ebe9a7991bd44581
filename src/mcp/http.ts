import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpListener, type IncomingMessage } from 'node:http';
import { codeOf, isWithoutMirror, messageOf, UsageError } from '../errors.ts';
import type { Log } from '../log.ts';
import { allowOrigin, answerPreflight } from './http-cors.ts';
import { createGuard, type Guard, Refusal } from './http-guard.ts';
import { createHandlers, type Handler, type HandlersDeps, type Routes } from './http-handlers.ts';
import { sendJson, sendRefusal } from './http-messages.ts';
import type { Exchange } from './http-sessions.ts';
import type { HttpSettings } from './http-settings.ts';

/** What a server shows to browsers, besides MCP. */
export interface Pages {
  /** Answers a request for a page, with a page if it is wrong; undefined: it asks for no page. */
  handlerOf(req: IncomingMessage, path: string): Handler | undefined;
}

export interface HttpDeps extends HandlersDeps {
  settings: HttpSettings;
  /** Makes the pages, behind the guard of all requests. */
  createPages: (guard: Guard) => Pages;
  /** The version and the health that /healthz reports. The server is healthy while a process polls the API. */
  version: string;
  isPolled: () => Promise<boolean>;
  /** What /metrics says, as OpenMetrics text. */
  metrics: () => Promise<string>;
}

export interface HttpServer {
  /** The server's address with the real port, without a path. */
  readonly url: string;
  /** Ends every session and stream, and then the server. */
  close(): Promise<void>;
}

/** /healthz needs no token, so it gives no details: every tool answer and the log give them. */
const notPolled = 'Nothing polls the API: answers come from the mirror as it is. Each answer and the log say why.';

const metricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/**
 * Connections at once: more than sessions and requests need, and few enough to leave file descriptors for the mirror.
 */
const maxConnections = 1000;
/** After so many milliseconds of silence TCP checks whether the other end is still there. */
const keepAliveMs = 60_000;

/**
 * Serves MCP over HTTP: Streamable HTTP at /mcp, the older HTTP+SSE at /sse and /messages; and hands over the mirror at /mirror. Each session has its own MCP
 * server, or each request where the revision has no sessions. A session that is unused for 30 minutes ends.
 * @throws UsageError when it can't listen there.
 */
export async function startHttp({ settings, createPages, ...deps }: HttpDeps): Promise<HttpServer> {
  const { log } = deps;
  const guard = createGuard(settings);
  const pages = createPages(guard);
  const { routes, traffic, lookAfter, close } = createHandlers(deps, settings.token);
  watchedBy(deps, routes);
  // TCP keep-alive detects clients that vanished without closing the connection, so that their streams end.
  const options = { keepAlive: true, keepAliveInitialDelay: keepAliveMs };
  const http = createHttpServer(options, (req, res) => {
    if (!traffic.admit(req.socket, res)) return;
    const [path = '', query] = (req.url ?? '/').split('?', 2);
    const exchange: Exchange = { req, res, query: new URLSearchParams(query) };
    handle(exchange, path, { guard, pages, routes }).catch((error: unknown) => fail(error, exchange, log));
  });
  http.on('connection', traffic.watch);
  http.maxConnections = maxConnections;
  const port = await listen(http, settings);
  http.on('error', (error) => log.warn(`the HTTP server: ${error.message}`, error));
  const stop = new AbortController();
  lookAfter(stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) log.warn(`the check for idle sessions failed: ${messageOf(error)}`, error);
  });
  return {
    url: `http://${settings.host}:${port}`,
    close: async () => {
      stop.abort();
      const closed = once(http, 'close');
      http.close();
      await close();
      http.closeAllConnections();
      await closed;
    },
  };
}

interface Ways {
  guard: Guard;
  pages: Pages;
  routes: Routes;
}

/** Adds what watches a server: its health and its metrics. */
function watchedBy({ version, isPolled, metrics }: Pick<HttpDeps, 'version' | 'isPolled' | 'metrics'>, routes: Routes) {
  const health: Handler = async ({ res }) => {
    if (await isPolled()) sendJson(res, 200, { status: 'ok', version });
    else sendJson(res, 503, { status: 'failing', version, why: notPolled });
  };
  const measure: Handler = async ({ res }) => {
    const text = await metrics();
    res.writeHead(200, {
      'content-type': metricsType,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    res.end(text);
  };
  routes.set('/healthz', { GET: health, HEAD: health });
  routes.set('/metrics', { GET: measure, HEAD: measure });
}

/** Accepts or rejects a request, and passes it to the handler of its path and method. @throws Refusal. */
async function handle(exchange: Exchange, path: string, { guard, pages, routes }: Ways): Promise<void> {
  const { req, res } = exchange;
  const page = pages.handlerOf(req, path);
  if (page) return page(exchange);
  const isPreflight = req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined;
  res.setHeader('vary', 'origin');
  const origin = guard.admit(req);
  // A page may also read why it is rejected, and a browser sends its preflight without the token.
  if (origin !== undefined) allowOrigin(res, origin);
  if (!isPreflight && path !== '/healthz') guard.authorize(req);
  const route = routes.get(path);
  if (!route) throw new Refusal(404, `Not found. There are: ${[...routes.keys()].join(', ')}.`);
  if (isPreflight && origin !== undefined) return answerPreflight(req, res, Object.keys(route));
  const handler = route[req.method ?? ''];
  if (!handler) {
    const allow = Object.keys(route).join(', ');
    throw new Refusal(405, `${path} takes ${allow}.`, { headers: { allow } });
  }
  await handler(exchange);
}

/** Whether no mirror can be read or copied now, for a cause that the message names and somebody can mend. */
const isMendable = (error: unknown) => isWithoutMirror(error) || /^(ENOSPC|SQLITE_FULL)$/.test(codeOf(error) ?? '');

/** Answers a request that failed. If its answer has already started, it can only cut the answer off. */
function fail(error: unknown, { req, res, body }: Exchange, log: Log): void {
  if (res.headersSent || req.socket.destroyed) {
    res.destroy();
  } else if (error instanceof Refusal) {
    sendRefusal(res, error, body);
  } else if (isMendable(error)) {
    log.warn(`${req.method} failed: ${messageOf(error)}`, error);
    sendRefusal(res, new Refusal(503, messageOf(error)), body);
  } else {
    log.warn(`${req.method} failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`, error);
    sendRefusal(res, new Refusal(500, `The request failed (${messageOf(error)}): a bug in dunetrace-mcp.`), body);
  }
}

/** @returns the port that it listens on. @throws UsageError when it can't. */
async function listen(http: HttpListener, { host, port }: HttpSettings): Promise<number> {
  try {
    http.listen({ host: host.replace(/^\[|\]$/g, ''), port });
    await once(http, 'listening');
  } catch (error) {
    const reasons: Record<string, string> = {
      EADDRINUSE: `Port ${port} of ${host} is in use. Stop the process that uses it, or choose another port with --port (0 picks a free one).`,
      EACCES: `Port ${port} needs more rights than this user has. Choose one of 1024 or above with --port.`,
      EADDRNOTAVAIL: `${host} is not an address of this machine. Choose another with --host.`,
      ENOTFOUND: `${host} can't be resolved by this machine. Choose another with --host.`,
    };
    const reason =
      reasons[codeOf(error) ?? ''] ?? `The server can't listen on port ${port} of ${host}: ${messageOf(error)}.`;
    throw new UsageError(reason, { cause: error });
  }
  const address = http.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
