import { startFakeCustomerApi } from './fake-customer-api.ts';
import { startHttpServer } from './mcp-client.ts';
import { createPlace, run } from './program.ts';
import { ask } from './raw-http.ts';
import { fillReportWorld } from './report-world.ts';

/** The token of servers that demand one. */
export const token = 'a-token-of-enough-characters';
/** What a browser sends when somebody follows a link. */
export const forHtml = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

/** A server over a mirror of the report's world, which its poller leaves alone unless told otherwise. */
export async function startPages(extra: Record<string, string> = {}) {
  const api = await startFakeCustomerApi();
  fillReportWorld(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600', ...extra });
  const synced = await run(['sync', '--quiet'], place);
  if (synced.code !== 0) throw new Error(synced.stderr);
  const { child, url, stderr } = await startHttpServer(place);
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    ask(`${url}${path}`, { method, headers: { ...forHtml, ...headers } });
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    ask(`${url}${path}`, {
      method: 'POST',
      headers: { ...forHtml, origin: url, 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body,
    });
  return { api, child, url, stderr, get, post };
}
