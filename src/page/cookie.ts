import type { IncomingMessage } from 'node:http';

/**
 * The cookie by which a browser shows that it has signed in. Cookies are the same for all ports of a machine, so its name
 * has the port: a second server does not sign the first one's browsers out.
 */
const nameOf = ({ socket }: IncomingMessage) => `dunetrace-mcp-${socket.localPort}`;

/** The cookie's value in a request. */
export function cookieOf(req: IncomingMessage): string | undefined {
  const name = nameOf(req);
  const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('=', 2));
  return pairs.find(([key]) => key === name)?.[1];
}

/**
 * The header that sets the cookie for so many seconds; 0 removes it. Scripts and other sites don't get it, and over TLS
 * it never travels without: the server itself speaks plain HTTP, but the page that sends a form knows.
 */
export function setCookie(req: IncomingMessage, value: string, seconds: number): string {
  const secure = req.headers.origin?.startsWith('https:') ? '; Secure' : '';
  return `${nameOf(req)}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`;
}
