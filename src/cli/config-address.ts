import { UsageError } from '../errors.ts';
import { isOwnMachine } from '../own-machine.ts';

/** Where the server is that a client connects to. */

export interface AddressOptions {
  http?: boolean;
  url?: string;
  port?: string;
}

const defaultPort = '8000';

function checkedPort(port: string): string {
  if (/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535) return port;
  throw new UsageError(`--port is ${JSON.stringify(port)}; it takes a number from 1 to 65535 (${defaultPort}).`);
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new UsageError('--url must be an http or https address, such as https://mirror.example.com/mcp.');
  }
  if (url.username || url.password || url.hash) {
    throw new UsageError(
      '--url must be without user, password and #fragment: the token goes into DUNETRACE_HTTP_TOKEN.',
    );
  }
  // An address without a path can only mean the server's own.
  return url.pathname === '/' ? `${url.origin}/mcp${url.search}` : url.href;
}

/** The server's address. @throws UsageError for one that can't be. */
export const addressOf = ({ url, port = defaultPort }: AddressOptions): string =>
  url === undefined ? `http://127.0.0.1:${checkedPort(port)}/mcp` : checkedUrl(url);

/** What the address needs: the server, and a way on which nobody reads the token. */
export function addressNotes(address: string, hasToken: boolean): string[] {
  const { hostname, port, protocol } = new URL(address);
  if (!isOwnMachine(hostname)) {
    const isOpen = hasToken && protocol === 'http:';
    const warning = `The token goes to ${address} over plain HTTP, where everyone on the way can read it. Use an https address.`;
    return [`It needs a running server at ${address}.`, ...(isOpen ? [warning] : [])];
  }
  const flag = port === defaultPort || port === '' ? '' : ` --port ${port}`;
  return [`It needs a running server: dunetrace-mcp serve --http${flag}`];
}
