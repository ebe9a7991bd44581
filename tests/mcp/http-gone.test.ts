import { platform } from 'node:process';
import { expect, test } from 'vitest';
import { childrenOf } from '../support/children.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { startHttpServer } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';
import { ask, beginSession, mcpHeaders } from '../support/raw-http.ts';

const runaway = 'WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c';
const asking = (id: number, sql: string) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'query_mirror', arguments: { sql } },
});

test.runIf(platform === 'linux')(
  'statements of a client that went away end with it, those that wait too',
  async () => {
    const api = await startFakeCustomerApi();
    const { child, url } = await startHttpServer(createPlace(api.url));
    const headers = { ...mcpHeaders, 'mcp-session-id': await beginSession(url) };
    const post = (id: number, sql: string) => ({ method: 'POST', headers, body: JSON.stringify(asking(id, sql)) });
    const gone = new AbortController();
    // Two at a time, they would take 35 s.
    const lost = Array.from({ length: 14 }, (_, n) =>
      fetch(`${url}/mcp`, { ...post(n + 2, runaway), signal: gone.signal }).then((answer) => answer.text()),
    );
    const ended = Promise.allSettled(lost);
    await expect.poll(() => childrenOf(child.pid ?? 0).length).toBeGreaterThanOrEqual(2);
    gone.abort();
    await ended;
    await expect.poll(() => childrenOf(child.pid ?? 0)).toEqual([]);
    const { body } = await ask(`${url}/mcp`, { method: 'POST', headers, body: asking(100, 'SELECT 40 + 2 AS n') });
    expect(body).toContain('42');
  },
  120_000,
);
