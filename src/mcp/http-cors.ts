import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * The headers that a browser needs before a page of an allowed origin may use the server. See the Fetch standard, CORS.
 */

/** Seconds for which a browser may reuse the answer to a preflight. */
const maxAge = '600';

/** Lets the page read the answer. */
export function allowOrigin(res: ServerResponse, origin: string): void {
  res.setHeader('access-control-allow-origin', origin);
  res.setHeader('access-control-expose-headers', 'mcp-session-id, www-authenticate');
}

/** Answers a preflight: the browser asks whether a page may send its request. */
export function answerPreflight(req: IncomingMessage, res: ServerResponse, methods: readonly string[]): void {
  const asked = req.headers['access-control-request-headers'];
  if (asked !== undefined) res.setHeader('access-control-allow-headers', asked);
  if (req.headers['access-control-request-private-network'] === 'true')
    res.setHeader('access-control-allow-private-network', 'true');
  res.writeHead(204, { 'access-control-allow-methods': methods.join(', '), 'access-control-max-age': maxAge }).end();
}
