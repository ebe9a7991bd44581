import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, connectTo, freshnessOf, startHttpServer } from '../support/mcp-client.ts';
import { listenTo } from '../support/notifications.ts';
import { createPlace, run } from '../support/program.ts';
import { bloated, clean, fillSmallFleet } from '../support/small-fleet.ts';

async function served() {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '1' });
  await run(['sync', '--quiet'], place);
  const connection = await connect(place);
  return { api, heard: listenTo(connection.client), ...connection };
}

const critical = { failureType: 'COST_SPIKE', severity: 'CRITICAL', stepIndex: 1 } as const;

test('the session hears once that the API went away, that it is back, and of each new CRITICAL signal', async () => {
  const { api, heard } = await served();
  await api.stop();
  await heard.until(() => heard.logged.length === 1);
  expect(heard.logged[0]).toMatch(/^warning: .*can't be reached \(ECONNREFUSED\).* Answers come from the mirror/);
  await api.start();
  await heard.until(() => heard.logged.length === 2);
  expect(heard.logged[1]).toBe('info: The Customer API is back, and the mirror is up to date.');
  api.backend.analyse(clean, [critical, critical]);
  api.backend.analyse(bloated, [{ ...critical, severity: 'HIGH' }]);
  await heard.until(() => heard.logged.length === 3);
  expect(heard.logged[2]).toBe(
    'critical: 2 new CRITICAL signals: #4 COST_SPIKE on research-agent; #3 COST_SPIKE on research-agent.',
  );
  api.backend.analyse(bloated, [critical]);
  await heard.until(() => heard.logged.length === 4);
  expect(heard.logged[3]).toBe('critical: New CRITICAL signal: #6 COST_SPIKE on billing agent №7.');
});

test('a session hears of nothing below the level that it set', async () => {
  const { api, client, heard } = await served();
  // What was there before the server first looked at the mirror is no news; who hears of this change, it has looked.
  await client.subscribeResource({ uri: 'dunetrace://agents/research-agent' });
  api.backend.analyse(clean, [{ ...critical, severity: 'LOW' }]);
  await heard.until(() => heard.updated.length > 0);
  await client.setLoggingLevel('critical');
  await api.stop();
  await client.ping();
  api.backend.analyse(clean, [critical]);
  await api.start();
  await heard.until(() => heard.logged.length === 1);
  expect(heard.logged[0]).toMatch(/^critical: /);
});

test('neither the first fill nor a wiped backend makes old signals news', async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const { client, call } = await connect(createPlace(api.url, { DUNETRACE_POLL_SECONDS: '1' }));
  const heard = listenTo(client);
  const updates = () => heard.updated.length;
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  await client.subscribeResource({ uri: 'dunetrace://agents/research-agent' });
  // Whoever hears of this change has looked at the whole mirror: from now on, what comes is news.
  api.backend.analyse(clean, [{ ...critical, severity: 'LOW', failureType: 'BEFORE_THE_NEWS' }]);
  await heard.until(() => updates() > 0);
  api.backend.analyse(clean, [critical]);
  await heard.until(() => heard.logged.length === 1);
  api.backend.wipe();
  const before = updates();
  fillSmallFleet(api.backend, Date.now() / 1000);
  await heard.until(() => updates() > before);
  api.backend.analyse(clean, [{ ...critical, failureType: 'AFTER_THE_WIPE' }]);
  await heard.until(() => heard.logged.length > 1 || heard.updated.length > before + 1);
  expect(heard.logged[0]).toContain('#4 COST_SPIKE');
  expect(heard.logged.slice(1).join()).not.toContain('CONTEXT_BLOAT');
});

test('sessions of one server over HTTP each have their own level and subscriptions', async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '1' });
  await run(['sync', '--quiet'], place);
  const { url } = await startHttpServer(place);
  const quiet = await connectTo(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
  const loud = await connectTo(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
  const older = await connectTo(new SSEClientTransport(new URL(`${url}/sse`)));
  const heard = [quiet, loud, older].map(listenTo);
  await quiet.setLoggingLevel('emergency');
  const uris = [`dunetrace://runs/${clean}`, 'dunetrace://agents/research-agent', 'dunetrace://signals/3'];
  for (const [index, client] of [quiet, loud, older].entries()) {
    await client.subscribeResource({ uri: uris[index] ?? '' });
  }
  api.backend.analyse(clean, [critical]);
  await Promise.all(
    heard.map((one, index) => one.until(() => one.updated.length > 0 && (index === 0 || one.logged.length > 0))),
  );
  expect(heard.map(({ updated }) => [...new Set(updated)])).toEqual(uris.map((uri) => [uri]));
  const told = ['critical: New CRITICAL signal: #3 COST_SPIKE on research-agent.'];
  expect(heard.map(({ logged }) => logged)).toEqual([[], told, told]);
});
