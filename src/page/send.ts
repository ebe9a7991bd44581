import type { ServerResponse } from 'node:http';

/** What every answer to a browser carries: no cache, no other site, and no guess at its kind makes more of it. */
const always = {
  'cache-control': 'no-store',
  vary: 'accept, cookie, origin',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
};

/** For pages: nothing leaves with links, and no other page frames or holds this one. */
const ofPages = {
  // Forms would lose their origin with `no-referrer`.
  'referrer-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
};

export interface Sent {
  status?: number;
  headers?: Readonly<Record<string, string>>;
}

function send(res: ServerResponse, type: string, body: string, { status = 200, headers = {} }: Sent): void {
  const length = Buffer.byteLength(body);
  res.writeHead(status, { ...always, ...headers, 'content-type': type, 'content-length': length });
  // Node sends no body in answer to HEAD.
  res.end(body);
}

/** Sends a page, which may load and run what `policy` says. */
export function sendPage(
  res: ServerResponse,
  { html, policy }: { html: string; policy: string },
  sent: Sent = {},
): void {
  const headers = { ...ofPages, 'content-security-policy': policy, ...sent.headers };
  send(res, 'text/html; charset=utf-8', html, { ...sent, headers });
}

export const sendScript = (res: ServerResponse, text: string): void =>
  send(res, 'text/javascript; charset=utf-8', text, {});

export const sendState = (res: ServerResponse, state: object): void =>
  send(res, 'application/json', JSON.stringify(state), {});

/** Sends the browser to another page of the server, which it asks for with GET. */
export function redirect(res: ServerResponse, location: string, headers: Sent['headers'] = {}): void {
  res.writeHead(303, { ...always, ...headers, location, 'content-length': 0 }).end();
}
