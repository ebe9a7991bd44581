import { expect, test } from 'vitest';
import { z } from 'zod';
import { connectPinned, newestRevision, ways } from '../support/client-eras.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { startHttpServer } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';
import { ask, errorOf, mcpHeaders } from '../support/raw-http.ts';
import { clean, fillSmallFleet } from '../support/small-fleet.ts';

/** What lives in a session of earlier revisions, and has to work in the one that knows none. */

async function synced(extra: Record<string, string> = {}) {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, extra);
  await run(['sync', '--quiet'], place);
  return { api, place };
}

const critical = { failureType: 'COST_SPIKE', severity: 'CRITICAL', stepIndex: 1 } as const;

test.each(ways)(
  'over %s, a client listens to resources, notices among them, until it has heard enough',
  async (way) => {
    const { api, place } = await synced({ DUNETRACE_POLL_SECONDS: '1' });
    const client = await connectPinned(way, place);
    const updated: string[] = [];
    let look = () => {};
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      updated.push(params.uri);
      look();
    });
    const until = (isMet: () => boolean) =>
      new Promise<void>((resolve) => {
        look = () => isMet() && resolve();
        look();
      });
    const agentUri = 'dunetrace://agents/research-agent';
    const noticesUri = 'dunetrace://notices';
    const subscription = await client.listen({ resourceSubscriptions: [agentUri, noticesUri, 'dunetrace://nope'] });
    expect(subscription.honoredFilter).toMatchObject({ resourceSubscriptions: expect.arrayContaining([agentUri]) });
    api.backend.analyse(clean, [critical]);
    await until(() => updated.includes(agentUri) && updated.includes(noticesUri));
    const { contents } = await client.readResource({ uri: noticesUri });
    expect(JSON.stringify(contents)).toContain('COST_SPIKE');
    // Once it no longer listens, only what another listener asked for comes.
    await subscription.close();
    const other = await client.listen({ resourceSubscriptions: [`dunetrace://runs/${clean}`] });
    updated.length = 0;
    api.backend.analyse(clean, [critical]);
    await until(() => updated.length > 0);
    expect(new Set(updated)).toEqual(new Set([`dunetrace://runs/${clean}`]));
    await other.close();
  },
);

const cacheable = z.looseObject({ ttlMs: z.number(), cacheScope: z.string() });

test('what may be kept says for how long: lists for minutes, answers of the mirror until the next poll', async () => {
  const { api, place } = await synced({ DUNETRACE_POLL_SECONDS: '3600' });
  const { url } = await startHttpServer(place);
  const meta = {
    'io.modelcontextprotocol/protocolVersion': newestRevision,
    'io.modelcontextprotocol/clientInfo': { name: 'tests', version: '0' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const post = (method: string, params: Record<string, unknown> = {}, name?: string) =>
    ask(`${url}/mcp`, {
      method: 'POST',
      headers: {
        ...mcpHeaders,
        'mcp-protocol-version': newestRevision,
        'mcp-method': method,
        ...(name === undefined ? {} : { 'mcp-name': name }),
      },
      body: { jsonrpc: '2.0', id: 7, method, params: { ...params, _meta: meta } },
    });
  const kept = async (method: string, params?: Record<string, unknown>, name?: string) => {
    const answer = await post(method, params, name);
    expect(answer.status, answer.body).toBe(200);
    return cacheable.parse(JSON.parse(answer.body).result);
  };
  for (const method of ['server/discover', 'tools/list', 'prompts/list', 'resources/templates/list'])
    expect(await kept(method)).toMatchObject({ ttlMs: 300_000, cacheScope: 'private' });
  const uri = 'dunetrace://agents/research-agent';
  for (const { ttlMs, cacheScope } of [await kept('resources/read', { uri }, uri), await kept('resources/list')]) {
    expect(cacheScope).toBe('private');
    expect(ttlMs).toBeGreaterThan(0);
    expect(ttlMs).toBeLessThanOrEqual(3_600_000);
  }
  const refused = await post('resources/read', { uri: 'dunetrace://nope' }, 'dunetrace://nope');
  expect(JSON.parse(refused.body)).toMatchObject({ id: 7, error: { code: -32602 } });
  expect(errorOf(await post('ping'))).toMatchObject({ code: -32601 });
  await api.stop();
});

test('a request that is refused carries its own id, with a session or without', async () => {
  const { place } = await synced();
  const { url } = await startHttpServer(place);
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    ask(`${url}/mcp`, { method: 'POST', headers: { ...mcpHeaders, ...headers }, body });
  const ping = { jsonrpc: '2.0', id: 'mine', method: 'ping' };
  const refusals = [
    await post(ping),
    await post(ping, { 'mcp-session-id': 'gone' }),
    await post({ ...ping, method: 'tools/list' }, { 'mcp-protocol-version': newestRevision }),
    await post({ ...ping, params: { _meta: { 'io.modelcontextprotocol/protocolVersion': '2099-01-01' } } }),
    await ask(`${url}/messages?sessionId=gone`, { method: 'POST', headers: mcpHeaders, body: ping }),
  ];
  for (const { status, body } of refusals) {
    expect(status, body).toBeGreaterThanOrEqual(400);
    expect(JSON.parse(body)).toMatchObject({ id: 'mine', error: { message: expect.any(String) } });
  }
});
