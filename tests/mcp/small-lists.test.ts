import { expect, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

const path = '/v1/policies';
const policy = (id: number) => ({ id, agent_id: '*', name: `policy-${id}`, enabled: true });

async function setUp(generation: 2 | 3 = 3) {
  const api = await startFakeCustomerApi({ generation });
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url);
  const asked = () => api.requests.filter((request) => request.path === path).length;
  return { api, place, lists: api.backend.plainLists, asked };
}

test('a small list that is not mirrored yet is fetched for the question, and a fresh one is not', async () => {
  const { api, place, lists, asked } = await setUp();
  const held = api.hold((request) => request.path === '/v1/agents');
  lists.set(path, [policy(1)]);
  const { call } = await connect(place);
  const first = await call('list_policies');
  expect(first.text).toContain('#1 policy-1');
  expect(freshnessOf(first)).toMatchObject({ source: 'live', covered: true });
  lists.set(path, [policy(2)]);
  expect((await call('list_policies')).text).toContain('#1 policy-1');
  expect(asked()).toBe(1);
  held.release();
});

test('one that was read long ago is fetched again, and shown with its age while the API is gone', async () => {
  const { api, place, lists } = await setUp();
  lists.set(path, [policy(1)]);
  await run(['sync'], place);
  const { call } = await connect(place);
  await api.stop();
  const known = await call('list_policies');
  expect(known.text).toContain('#1 policy-1');
  expect(known.isError).toBe(false);
});

test('an API without the list says so, in text and to programs', async () => {
  const { place } = await setUp(2);
  await run(['sync'], place);
  const { call } = await connect(place);
  const { text, structured } = await call('list_policies', { agent_id: 'research-agent' });
  expect(text).toContain('This Customer API does not offer policies');
  expect(structured).toMatchObject({ items: [], offered: false });
});

test('unreadable rows are named, and the answer does not call itself equal to the API', async () => {
  const { place, lists } = await setUp();
  lists.set(path, [policy(1), { ...policy(2), agent_id: 7 }]);
  await run(['sync'], place);
  const { call } = await connect(place);
  const { text, structured } = await call('list_policies');
  expect(text).not.toContain('equal to the API');
  expect(structured.freshness).toMatchObject({ covered: false, unread: { policies: 1 } });
  expect((await run(['status'], place)).stdout).toContain('1 policy');
});
