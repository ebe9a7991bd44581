import { isIPv6 } from 'node:net';
import { refuseUnexpanded, type Surroundings } from '../config.ts';
import { UsageError } from '../errors.ts';
import { hostNameOf, isLoopback } from './http-guard.ts';

export interface HttpSettings {
  /** Where to listen: a name or address in its canonical spelling, IPv6 in brackets. */
  host: string;
  /** 0 lets the system pick a free one. */
  port: number;
  /** What every request but /healthz must carry as a bearer token. */
  token: string | undefined;
  /** The origins of the pages that may use the server, as browsers spell them: `https://inspector.example`. */
  origins: readonly string[];
}

/** The options as typed on the command line. */
export interface HttpOptions {
  host?: string;
  port?: string;
}

const minTokenLength = 16;

function hostFrom(text: string): string {
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  const host = isIPv6(bare) ? hostNameOf(`[${bare}]`) : bare.includes(':') ? undefined : hostNameOf(bare);
  if (host === undefined) {
    throw new UsageError(
      `--host is ${JSON.stringify(text)}; it takes a host name or an IP address, without scheme or port (default 127.0.0.1).`,
    );
  }
  return host;
}

function portFrom(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new UsageError(
      `--port is ${JSON.stringify(text)}; it takes a whole number from 0 to 65535 (default 8000; 0 picks a free port).`,
    );
  }
  return port;
}

/** @throws UsageError for a token that is none; it does not show it. */
export function tokenFrom(env: Surroundings['env']): string | undefined {
  const token = env.DUNETRACE_HTTP_TOKEN?.trim();
  if (!token) return undefined;
  refuseUnexpanded('DUNETRACE_HTTP_TOKEN', token);
  if (!/^[\x21-\x7e]+$/.test(token) || token.length < minTokenLength) {
    throw new UsageError(
      `DUNETRACE_HTTP_TOKEN must be ${minTokenLength} or more ASCII characters without spaces, such as the output of \`openssl rand -hex 24\`.`,
    );
  }
  return token;
}

function originsFrom(env: Surroundings['env']): string[] {
  const text = env.DUNETRACE_ORIGINS?.trim();
  if (!text) return [];
  refuseUnexpanded('DUNETRACE_ORIGINS', text);
  const parts = text.split(',').map((part) => part.trim());
  return parts.filter(Boolean).map((given) => {
    const url = URL.canParse(given) ? new URL(given) : undefined;
    // The value must be an origin and nothing more; only its spelling may differ.
    if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
    throw new UsageError(
      `DUNETRACE_ORIGINS has ${JSON.stringify(given)}; it takes the origins of pages, such as http://localhost:6274, with commas between them.`,
    );
  });
}

/**
 * Where the HTTP server listens and what it requires. An empty variable counts as unset.
 * @throws UsageError that names the option or variable and what it accepts; it never shows the token.
 */
export function readHttpSettings(options: HttpOptions, env: Surroundings['env']): HttpSettings {
  const host = hostFrom(options.host ?? '127.0.0.1');
  const port = portFrom(options.port ?? '8000');
  const token = tokenFrom(env);
  if (token === undefined && !isLoopback(host)) {
    throw new UsageError(
      `--host ${host} can be reached from other machines, so a token is needed: set DUNETRACE_HTTP_TOKEN to ${minTokenLength} or more characters (such as the output of \`openssl rand -hex 24\`), and give it to your clients as a bearer token. Without --host the server is for this machine alone.`,
    );
  }
  return { host, port, token, origins: originsFrom(env) };
}
