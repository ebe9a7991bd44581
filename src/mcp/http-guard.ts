import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Why a request is turned away. The message names what would be let in; it never shows the token. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** HTTP status. */
  readonly status: number;
  /** JSON-RPC error code. */
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, { code = -32000, headers = {} } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

const authority = /^(\[[\da-f:.]+\]|[a-z\d._-]+)(?::\d{1,5})?$/i;

/**
 * The host in `text`, which is a Host header or the like, in its canonical spelling: lower case, IPv6 in brackets, without
 * the dot that ends a name in full (`localhost.`). The port does not matter: it may be forwarded, and no name server can
 * forge it. undefined: there is none.
 */
export function hostNameOf(text: string): string | undefined {
  const name = authority.exec(text)?.[1];
  if (name === undefined || !URL.canParse(`http://${name}`)) return undefined;
  const { hostname } = new URL(`http://${name}`);
  const named = hostname.replace(/\.$/, '');
  return named === '' || named.endsWith('.') ? undefined : named;
}

/** Whether a canonical host name means this machine, whatever a name server says. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

const isAnyAddress = (host: string) => host === '0.0.0.0' || host === '[::]';

const hash = (text: string) => createHash('sha256').update(text).digest();

/** What of a request is judged. */
export type Judged = Pick<IncomingMessage, 'headersDistinct'>;

export interface Guard {
  /**
   * Judges by whom a request was sent.
   * @returns the origin of the page that it comes from, if it comes from one.
   * @throws Refusal.
   */
  admit(request: Judged): string | undefined;
  /** Judges the token. @throws Refusal. */
  authorize(request: Judged): void;
}

/** Headers that say who asks: two of one are one too many, as whoever stands before may have looked at the other. */
const telling = ['host', 'origin', 'authorization', 'sec-fetch-site'] as const;

/** What a browser says of a request that no page has made, or a page of this very server. */
const isOfNoPage = (site: string | undefined) => site === undefined || site === 'none' || site === 'same-origin';

/**
 * Decides which requests a server bound to `bound` lets in. A page in a browser on this machine can send requests here: under
 * a name that its name server points to this address (DNS rebinding), which Host gives away; or across sites, which Origin
 * does, and for an `<img>` and the like Sec-Fetch-Site. Only pages of `origins` may. Where the server listens on every
 * address it can't know its names; there, as anywhere off this machine, the token protects.
 */
export function createGuard({
  host: bound,
  token,
  origins,
}: {
  host: string;
  token: string | undefined;
  origins: readonly string[];
}): Guard {
  const tokenHash = token === undefined ? undefined : hash(token);
  const answersTo = isLoopback(bound) ? 'localhost, 127.0.0.1 and [::1]' : bound;
  const allowed = new Set(origins);

  function isOwnName(host: string): boolean {
    return isLoopback(bound) ? isLoopback(host) : isAnyAddress(bound) || host === bound;
  }

  function isAuthorized(authorization: string | undefined): boolean {
    if (!tokenHash) return true;
    const given = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    return given !== undefined && timingSafeEqual(hash(given), tokenHash);
  }

  return {
    admit: ({ headersDistinct: headers }) => {
      const twice = telling.find((name) => (headers[name]?.length ?? 0) > 1);
      if (twice !== undefined) throw new Refusal(400, `The header ${twice} is there more than once.`);
      const [host, origin, site] = [headers.host, headers.origin, headers['sec-fetch-site']].map((sent) => sent?.[0]);
      const name = hostNameOf(host ?? '');
      if (name === undefined || !isOwnName(name))
        throw new Refusal(403, `The Host header is not a name of this server; it answers to ${answersTo}.`);
      const page = origin !== undefined && allowed.has(origin) ? origin : undefined;
      if (page === undefined && (origin !== undefined || !isOfNoPage(site)))
        throw new Refusal(403, 'Pages may not use this server; DUNETRACE_ORIGINS names the origins of those that may.');
      return page;
    },
    authorize: ({ headersDistinct: { authorization } }) => {
      if (isAuthorized(authorization?.[0])) return;
      throw new Refusal(401, 'This server needs its token: send the header "Authorization: Bearer <token>".', {
        headers: { 'www-authenticate': 'Bearer realm="dunetrace-mcp"' },
      });
    },
  };
}
