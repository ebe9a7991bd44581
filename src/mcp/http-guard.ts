import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

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
 * The host in `text`, which is a Host header or the like, in its canonical spelling: lower case, IPv6 in brackets.
 * The port does not matter: it may be forwarded, and no name server can forge it. undefined: there is none.
 */
export function hostNameOf(text: string): string | undefined {
  const name = authority.exec(text)?.[1];
  return name !== undefined && URL.canParse(`http://${name}`) ? new URL(`http://${name}`).hostname : undefined;
}

/** Whether a canonical host name means this machine, whatever a name server says. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

const isAnyAddress = (host: string) => host === '0.0.0.0' || host === '[::]';

const hash = (text: string) => createHash('sha256').update(text).digest();

/**
 * Decides which requests a server bound to `bound` lets in. A page in a browser on this machine can send requests here under
 * a name that its name server points to this address (DNS rebinding): Host and Origin give it away. Where the server listens
 * on every address it can't know its names; there, as anywhere off this machine, the token protects.
 * @returns a function that tells why a request is turned away, or undefined.
 */
export function createGuard({ host: bound, token }: { host: string; token: string | undefined }) {
  const tokenHash = token === undefined ? undefined : hash(token);
  const answersTo = isLoopback(bound) ? 'localhost, 127.0.0.1 and [::1]' : bound;

  function isOwnName(host: string): boolean {
    return isLoopback(bound) ? isLoopback(host) : isAnyAddress(bound) || host === bound;
  }

  function isAllowedOrigin(origin: string, host: string): boolean {
    const url = URL.canParse(origin) ? new URL(origin) : undefined;
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return false;
    return isLoopback(url.hostname) || url.hostname === host;
  }

  function isAuthorized(authorization: string | undefined): boolean {
    if (!tokenHash) return true;
    const given = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    return given !== undefined && timingSafeEqual(hash(given), tokenHash);
  }

  return (headers: IncomingHttpHeaders, { isPublic = false } = {}): Refusal | undefined => {
    const host = hostNameOf(headers.host ?? '');
    if (host === undefined || !isOwnName(host))
      return new Refusal(403, `The Host header is not a name of this server; it answers to ${answersTo}.`);
    if (headers.origin !== undefined && !isAllowedOrigin(headers.origin, host))
      return new Refusal(403, 'Pages of another origin may not use this server; Origin must be of this host.');
    if (!isPublic && !isAuthorized(headers.authorization)) {
      return new Refusal(401, 'This server needs its token: send the header "Authorization: Bearer <token>".', {
        headers: { 'www-authenticate': 'Bearer realm="dunetrace-mcp"' },
      });
    }
    return undefined;
  };
}
