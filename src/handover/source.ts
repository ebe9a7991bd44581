import { refuseUnexpanded } from '../config.ts';
import { UsageError } from '../errors.ts';
import { isOwnMachine } from '../own-machine.ts';

/** What people name of a server: the paths that clients use. */
const endpoints: ReadonlySet<string> = new Set(['mcp', 'sse', 'mirror']);

/** The server that a mirror is taken from. */
export interface Source {
  /** Of its mirror. */
  url: URL;
  token: string;
}

/**
 * Reads what --from names, the server with or without a path such as /mcp.
 * @throws UsageError for what is no such URL, and without a token.
 */
export function readSource(text: string, token: string | undefined): Source {
  refuseUnexpanded('--from', text);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    url && /^https?:$/.test(url.protocol) && `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (!isPlain)
    throw new UsageError(
      '--from takes the URL of a server (`dunetrace-mcp serve --http`), such as https://mirror.example:8000, without user, password or query.',
    );
  if (token === undefined)
    throw new UsageError('--from needs the token of that server: set DUNETRACE_HTTP_TOKEN to it.');
  const parts = url.pathname.split('/').filter((part) => part !== '');
  const base = endpoints.has(parts.at(-1) ?? '') ? parts.slice(0, -1) : parts;
  url.pathname = [...base, 'mirror'].join('/');
  return { url, token };
}

/** The warning about a token and rows that anyone on the way can read. */
export function plainSourceWarning({ url }: Source): string | undefined {
  if (url.protocol !== 'http:' || isOwnMachine(url.hostname)) return undefined;
  return `The token and the mirror go over plain HTTP from ${url.origin}, where everyone on the way can read them. Put that server behind https.`;
}
