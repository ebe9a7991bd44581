import { expect, test } from 'vitest';
import { checkAgainstApi } from '../../src/sync/check.ts';
import { readMirrorState } from '../../src/sync/freshness.ts';
import { createTestClient } from '../support/fake-customer-api.ts';
import { loop, setUpPasses } from '../support/passes.ts';

const path = '/v1/policies';
const policy = (id: number, changes: object = {}) => ({
  id,
  agent_id: 'a',
  name: `policy-${id}`,
  condition: { trigger: 'tool_call_count', operator: 'gt', value: 5 },
  action: { type: 'stop' },
  enabled: true,
  priority: 100,
  created_at: 1_779_000_000.5,
  ...changes,
});

async function setUp() {
  const w = await setUpPasses({ generation: 3 });
  w.add(1, 'a', [loop]);
  const lists = w.backend.plainLists;
  const state = (list = 'policies') => w.temp.store.records.state({ list, owner: '' });
  const check = async () => {
    const client = createTestClient(w.api.url, w.clock);
    const summary = await checkAgainstApi({ client, reader: w.temp.mirror, random: () => 0.5 }).finally(() =>
      client.close(),
    );
    return summary.lists.flatMap(({ list, differences }) =>
      differences.map(({ kind, id, field }) => [list, kind, id, field]),
    );
  };
  const ids = () => w.rows('select id from v_policies').map(({ id }) => id);
  return { ...w, lists, state, check, ids, hour: () => w.clock.advance(3600) };
}

test('a small list is mirrored whole, in its order, with fields that are not known', async () => {
  const w = await setUp();
  w.lists.set(path, [policy(2, { agent_id: '*', colour: 'red' }), policy(1, { enabled: false, priority: null })]);
  await w.pass();
  expect(w.rows('select * from v_policies')).toEqual([
    expect.objectContaining({
      id: 2,
      agent_id: '*',
      condition: '{"trigger":"tool_call_count","operator":"gt","value":5}',
      enabled: 1,
      created_at: 1_779_000_000.5,
      created_at_iso: '2026-05-17T06:40:00.500Z',
      // A field that nobody knows may hold what somebody wrote.
      extra: expect.stringMatching(/^{"colour":"hmac:[0-9a-f]{16} \(3 chars\)"}$/),
    }),
    expect.objectContaining({ id: 1, enabled: 0, priority: null, extra: null }),
  ]);
  expect(await w.check()).toEqual([]);
});

test('what is changed, gone, moved or new is so after the next read, and nothing else is written', async () => {
  const w = await setUp();
  w.lists.set(path, [policy(1), policy(2), policy(3)]);
  await w.pass();
  w.lists.set(path, [policy(4), policy(1), policy(3, { name: 'other' })]);
  expect((await w.check()).toSorted()).toEqual([
    ['policies', 'differs', '3', 'name'],
    ['policies', 'missing', '4', null],
    ['policies', 'surplus', '2', null],
  ]);
  w.hour();
  await w.pass();
  expect(w.ids()).toEqual([4, 1, 3]);
  expect(w.rows('select name from v_policies where id = 3')).toEqual([{ name: 'other' }]);
  expect(await w.check()).toEqual([]);
  const revision = () => w.rows('select revision from mirror_meta');
  const before = revision();
  w.hour();
  await w.pass();
  expect(revision()).toEqual(before);
});

test('a poll reads a small list once an hour, a full pass always, and a pass that a caller waits for never', async () => {
  const w = await setUp();
  w.lists.set(path, [policy(1)]);
  const reads = async (options: Parameters<typeof w.pass>[0] = {}) =>
    (await w.requestsOf(() => w.pass(options))).filter((request) => request.startsWith(path)).length;
  expect(await reads({ idlePages: 0 })).toBe(0);
  expect([await reads(), await reads()]).toEqual([1, 0]);
  expect(await reads({ full: true })).toBe(1);
  expect(await reads({ agentId: 'a' })).toBe(0);
  w.hour();
  expect(await reads()).toBe(1);
});

test('a row that can not be read is not a row that is gone', async () => {
  const w = await setUp();
  w.lists.set(path, [policy(1), policy(2)]);
  await w.pass();
  w.lists.set(path, [policy(1, { created_at: 'soon' })]);
  w.hour();
  await w.pass();
  expect(w.ids()).toEqual([1]);
  expect(w.state()).toMatchObject({ rows: 1, unread: 1, unreadShape: expect.stringContaining('created_at') });
  expect(await w.check()).toEqual([['policies', 'unread', '1', expect.stringContaining('created_at')]]);
  // Without an id it may be any row.
  w.lists.set(path, [{ ...policy(3), id: null }]);
  w.hour();
  await w.pass();
  expect(w.ids()).toEqual([1]);
  w.lists.set(path, [policy(3)]);
  w.hour();
  await w.pass();
  expect(w.ids()).toEqual([3]);
  expect(w.state()).toMatchObject({ rows: 1, unread: 0, unreadShape: null });
});

test('an API without the list is remembered, and is no failure; one that fails at it is', async () => {
  const w = await setUp();
  expect((await w.pass()).failures).toEqual([]);
  expect(w.state()).toMatchObject({ errorKind: 'not_found', rows: 0 });
  w.lists.set(path, [policy(1)]);
  w.hour();
  await w.pass();
  expect(w.state()).toMatchObject({ errorKind: null, rows: 1 });
  w.api.fail({ kind: 'status', status: 500 }, { times: 10, when: (request) => request.path === path });
  w.hour();
  const { failures } = await w.pass();
  expect(failures).toMatchObject([{ agentId: null, list: 'policies', kind: 'server_error' }]);
  expect(w.ids()).toEqual([1]);
  expect(w.state()).toMatchObject({ errorKind: 'server_error', rows: 1 });
});

test('after a wipe the next pass reads it again', async () => {
  const w = await setUp();
  w.lists.set(path, [policy(1)]);
  await w.pass();
  w.temp.store.write(() => w.temp.store.records.expireAll());
  w.lists.set(path, []);
  await w.pass();
  expect(w.ids()).toEqual([]);
});

test('rows of a list that the API has no more are as old as they are', async () => {
  const w = await setUp();
  const known = () => readMirrorState(w.temp.mirror, { records: { list: 'policies', owner: '' } }, w.clock);
  w.lists.set(path, [policy(1)]);
  await w.pass();
  const { syncedAt } = known();
  w.lists.delete(path);
  w.hour();
  const reads = async () => (await w.requestsOf(() => w.pass())).filter((one) => one.startsWith(path)).length;
  expect([await reads(), await reads()]).toEqual([1, 0]);
  expect(w.ids()).toEqual([1]);
  expect(known()).toMatchObject({ syncedAt, covered: false, trouble: { kind: 'not_found' } });
});

test('a list of which the API shows only the newest rows is not called whole', async () => {
  const w = await setUp();
  const known = () => readMirrorState(w.temp.mirror, { records: { list: 'approvals', owner: '' } }, w.clock);
  const approval = (id: number) => ({ id, agent_id: 'a', requested_at: new Date(1_779e9 + id * 1000).toISOString() });
  w.lists.set(
    '/v1/approvals',
    Array.from({ length: 99 }, (_, n) => approval(500 - n)),
  );
  await w.pass();
  expect(known()).toMatchObject({ covered: true });
  w.lists.set(
    '/v1/approvals',
    Array.from({ length: 100 }, (_, n) => approval(900 - n)),
  );
  w.hour();
  await w.pass();
  expect(known()).toMatchObject({ covered: false });
});

test('agents whose list fails do not keep others from being read', async () => {
  const w = await setUp();
  const agents = Array.from({ length: 50 }, (_, n) => `agent-${n}`);
  for (const agentId of agents) {
    w.add(1, agentId);
    w.lists.set(`/v1/agents/${agentId}/fixes`, { fixes: [] });
  }
  const well = agents.slice(20, 30);
  const isIll = (path: string) => path.endsWith('/fixes') && !well.some((agentId) => path.includes(`/${agentId}/`));
  w.api.fail({ kind: 'status', status: 500 }, { times: 1e6, when: (request) => isIll(request.path) });
  for (const _ of [1, 2, 3]) await w.pass();
  const read = agents.filter((owner) => w.temp.store.records.state({ list: 'fixes', owner })?.readAt != null);
  expect(read).toEqual(well);
});
