import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Why a request is rejected. The message says what would be accepted; it never shows the token. */
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
 * The host in `text`, a Host header or the like, in its canonical spelling: lower case, IPv6 in brackets, without the
 * dot at the end of a fully qualified name (`localhost.`). The port does not matter: it may be forwarded, and no name
 * server can forge it. undefined: there is no host.
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

/** The part of a request that the guard judges. */
export type Judged = Pick<IncomingMessage, 'headersDistinct'>;

export interface Guard {
  /**
   * Judges who sent a request.
   * @returns the origin of the page that sent it, if a page did.
   * @throws Refusal.
   */
  admit(request: Judged): string | undefined;
  /** Judges a form that a browser sends: only a page of this very server may send one. @throws Refusal. */
  admitForm(request: Judged): void;
  /** Judges the token. @throws Refusal. */
  authorize(request: Judged): void;
  /** Whether requests need a token, and whether this is it. */
  readonly needsToken: boolean;
  isToken(text: string): boolean;
}

/** Headers that say who sent a request. None may occur twice: a proxy in front may have checked the other one. */
const telling = ['host', 'origin', 'authorization', 'sec-fetch-site'] as const;

/** What a request says of its sender. */
interface Sender {
  host: string | undefined;
  origin: string | undefined;
  site: string | undefined;
}

/** @throws Refusal when a header is there twice. */
function senderOf({ headersDistinct: headers }: Judged): Sender {
  const twice = telling.find((name) => (headers[name]?.length ?? 0) > 1);
  if (twice !== undefined) throw new Refusal(400, `The request has the header ${twice} more than once.`);
  return { host: headers.host?.[0], origin: headers.origin?.[0], site: headers['sec-fetch-site']?.[0] };
}

/** What a browser sends when no page made the request, or a page of this very server did. */
const isOfNoPage = (site: string | undefined) => site === undefined || site === 'none' || site === 'same-origin';

const hostIn = (url: string | undefined) => (url !== undefined && URL.canParse(url) ? new URL(url).host : undefined);

/**
 * Whether a page of this very server sent the request. A browser says so itself; where it does not, as over plain HTTP to
 * another machine, the page's host must be the one that the request went to.
 */
function isOfOwnPage({ host, origin, site }: Sender): boolean {
  if (site !== undefined) return site === 'same-origin';
  const page = hostIn(origin);
  return page !== undefined && page === hostIn(`${origin?.startsWith('https:') ? 'https' : 'http'}://${host}`);
}

/**
 * Decides which requests a server bound to `bound` accepts. A page in a browser on this machine can send requests here
 * in two ways: under a name that its name server points to this address (DNS rebinding), which Host reveals; or across
 * sites, which Origin reveals, and for an `<img>` and the like Sec-Fetch-Site. Only pages of `origins` may. A server
 * that listens on every address can't know its names; there, as anywhere off this machine, the token protects.
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

  function refuseOtherName({ host }: Sender): void {
    const name = hostNameOf(host ?? '');
    if (name === undefined || !isOwnName(name))
      throw new Refusal(403, `The Host header is not a name of this server; it answers to ${answersTo}.`);
  }

  const isToken = (text: string) => tokenHash !== undefined && timingSafeEqual(hash(text), tokenHash);

  function isAuthorized(authorization: string | undefined): boolean {
    if (!tokenHash) return true;
    const given = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    return given !== undefined && isToken(given);
  }

  return {
    admit: (request) => {
      const sender = senderOf(request);
      refuseOtherName(sender);
      const { origin, site } = sender;
      const page = origin !== undefined && allowed.has(origin) ? origin : undefined;
      if (page === undefined && (origin !== undefined || !isOfNoPage(site)))
        throw new Refusal(403, 'Web pages may not use this server. To allow one, add its origin to DUNETRACE_ORIGINS.');
      return page;
    },
    admitForm: (request) => {
      const sender = senderOf(request);
      refuseOtherName(sender);
      if (!isOfOwnPage(sender)) throw new Refusal(403, 'Only a page of this server may send its forms.');
    },
    authorize: ({ headersDistinct: { authorization } }) => {
      if (isAuthorized(authorization?.[0])) return;
      throw new Refusal(401, 'This server needs its token: send the header "Authorization: Bearer <token>".', {
        headers: { 'www-authenticate': 'Bearer realm="dunetrace-mcp"' },
      });
    },
    needsToken: tokenHash !== undefined,
    isToken,
  };
}
