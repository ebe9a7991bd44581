import { expect, test } from 'vitest';
import { StoppedError, UsageError } from '../../src/errors.ts';
import { createTestClient, type Fault, type When } from '../support/fake-customer-api.ts';
import { loop, pageSize, setUpPasses } from '../support/passes.ts';

const isRuns: When = ({ path }) => path.endsWith('/runs');
const isSignals: When = ({ path }) => path.endsWith('/signals');

test('a first sync is breadth first: after two requests an agent, the newest page of every list is in', async () => {
  const w = await setUpPasses();
  const agentIds = Array.from({ length: 12 }, (_, n) => `agent-${n}`);
  for (const agentId of agentIds) w.add(20, agentId, [loop]);
  let asked = 0;
  let had: string[][] = [];
  w.api.watch(({ path }) => {
    if (path === '/v1/agents') return;
    asked += 1;
    if (asked === 2 * agentIds.length + 1) had = agentIds.flatMap((id) => [w.ids('runs', id), w.ids('signals', id)]);
  });
  await w.pass();
  const newest = agentIds.flatMap((id) => [
    w.backend.runs(id).map((row) => row.run_id),
    w.backend.signals(id).map((row) => String(row.id)),
  ]);
  expect(had).toEqual(newest.map((list) => list.slice(0, pageSize).sort()));
  w.expectEqual(...agentIds);
});

test('a second sync of settled agents makes one request', async () => {
  const w = await setUpPasses();
  for (const agentId of ['a', 'b', 'c']) w.add(3, agentId, [loop]);
  w.clock.advance(400);
  expect(await w.pass()).toMatchObject({ agents: 3, skipped: 0, added: { runs: 9, signals: 9 }, failures: [] });
  expect(await w.requestsOf(() => w.pass())).toEqual(['/v1/agents 0']);
  w.add(1, 'b');
  const again = await w.requestsOf(() => w.pass());
  expect(again.sort()).toEqual(['/v1/agents 0', '/v1/agents/b/runs 0', '/v1/agents/b/signals 0']);
});

test('a run that is analysed after the counts stopped moving is found within the settle time', async () => {
  const w = await setUpPasses();
  const now = w.clock.now();
  const run = { runId: 'late', agentId: 'a', agentVersion: 'v1', startedAt: now - 9, completedAt: now };
  w.backend.ingestRun({ ...run, exitReason: 'stalled' });
  await w.pass();
  expect(w.ids('runs', 'a')).toEqual([]);
  w.clock.advance(200);
  w.backend.analyse('late');
  await w.pass();
  expect(w.ids('runs', 'a')).toEqual(['late']);
});

test('a pass that follows a crash goes on where the committed pages end', async () => {
  const w = await setUpPasses();
  w.add(60);
  const crash = new AbortController();
  let seen = 0;
  const forget = w.api.watch((request) => {
    if (isRuns(request)) seen += 1;
    if (seen === 5) crash.abort(new StoppedError('crash'));
  });
  const first = await w.requestsOf(() => expect(w.pass({ signal: crash.signal })).rejects.toThrow('crash'));
  forget();
  w.temp.reopen();
  const second = await w.requestsOf(() => w.pass());
  const runsOf = (requests: string[]) => requests.filter((request) => request.includes('/a/runs'));
  const path = '/v1/agents/a/runs';
  expect(runsOf(first)).toEqual([0, 5, 10, 15, 20].map((offset) => `${path} ${offset}`));
  expect(runsOf(second)).toEqual([0, 20, 25, 30, 35, 40, 45].map((offset) => `${path} ${offset}`));
  w.expectEqual('a');
});

test('a pass that is asked to stop ends after the page under way, and keeps it', async () => {
  const w = await setUpPasses();
  w.add(60);
  let stopping = false;
  w.api.watch(({ count }) => {
    stopping = count === 3;
  });
  const requests = await w.requestsOf(() =>
    expect(w.pass({ isStopping: () => stopping })).rejects.toThrow(StoppedError),
  );
  expect(requests).toHaveLength(3);
  expect(w.ids('runs', 'a')).toHaveLength(pageSize);
  await w.pass();
  w.expectEqual('a');
});

test('agent ids of any kind are read', async () => {
  const w = await setUpPasses();
  const agentIds = [
    'two words',
    'Größe ✓ 代理',
    '100%',
    'a%2Fb',
    'who?',
    '#1',
    'a&b=c+d',
    'x'.repeat(300),
    '..',
    '.',
    ' ',
  ];
  for (const agentId of agentIds) w.add(2, agentId, [loop]);
  expect(await w.pass()).toMatchObject({ agents: agentIds.length, failures: [] });
  w.expectEqual(...agentIds);
});

test('an agent whose lists answer 404 is reported, the rest goes on, and it is not asked for again', async () => {
  const w = await setUpPasses({ generation: 1 });
  for (const agentId of ['team/bot', 'a']) w.add(2, agentId, [loop]);
  w.clock.advance(400);
  const { failures } = await w.pass();
  expect(failures.map(({ agentId, list, kind }) => [agentId, list, kind]).sort()).toEqual([
    ['team/bot', 'runs', 'not_found'],
    ['team/bot', 'signals', 'not_found'],
  ]);
  w.expectEqual('a');
  expect(await w.requestsOf(() => w.pass())).toEqual(['/v1/agents 0']);
  expect(w.temp.store.syncState.fleet()).toMatchObject({ errorKind: null, syncedAt: expect.any(Number) });
});

test('unreadable rows are counted, logged once per shape, and skipped', async () => {
  const w = await setUpPasses();
  w.add(3, 'a', [loop]);
  w.backend.addRawRow('runs', 'a', { run_id: 'one', agent_id: 'a', step_count: 'many' });
  w.backend.addRawRow('runs', 'a', { run_id: 'two', agent_id: 'a', step_count: 'more' });
  w.backend.addRawRow('runs', 'a', 'nonsense');
  w.backend.addRawRow('signals', 'a', { id: 1 });
  w.backend.addRawRow('agents', '', { agent_id: 7 });
  expect(await w.pass()).toMatchObject({ badRows: 5, added: { runs: 3, signals: 3 }, failures: [] });
  expect(w.warnings).toHaveLength(4);
  expect(w.warnings.join('\n')).not.toContain('many');
  expect(await w.pass({ full: true })).toMatchObject({ badRows: 5 });
  expect(w.warnings).toHaveLength(4);
  w.expectEqual('a');
});

test('a list that keeps failing fails alone, and the next pass heals it', async () => {
  const w = await setUpPasses();
  for (const agentId of ['a', 'b']) w.add(20, agentId, [loop]);
  w.api.fail({ kind: 'status', status: 500 }, { times: 7, when: ({ path }) => path === '/v1/agents/b/signals' });
  const { failures } = await w.pass();
  expect(failures.map(({ agentId, list, kind }) => [agentId, list, kind])).toEqual([['b', 'signals', 'server_error']]);
  w.expectEqual('a');
  expect(w.ids('runs', 'b')).toHaveLength(20);
  expect(w.ids('signals', 'b')).toEqual([]);
  // Even of agents that would be settled by now.
  w.clock.advance(1000);
  expect(await w.pass()).toMatchObject({ failures: [] });
  w.expectEqual('a', 'b');
});

test('an API that is not there, or does not know the key, stops the pass, and the fleet state tells', async () => {
  const w = await setUpPasses({ key: 'right' });
  w.add(3, 'a', [loop]);
  const fleet = () => w.temp.store.syncState.fleet();
  await expect(w.pass({}, { key: 'wrong' })).rejects.toMatchObject({ name: 'ApiError', kind: 'unauthorized' });
  expect(fleet()).toMatchObject({ errorKind: 'unauthorized', syncedAt: null });
  await w.api.stop();
  await expect(w.pass({}, { key: 'right' })).rejects.toMatchObject({ name: 'ApiError', kind: 'unreachable' });
  expect(fleet()).toMatchObject({ errorKind: 'unreachable', syncedAt: null });
  await w.api.start();
  await w.pass({}, { key: 'right' });
  expect(fleet()).toMatchObject({ errorKind: null, error: null, syncedAt: w.clock.now() });
  w.expectEqual('a');
});

test("a single agent's pass reads that agent alone", async () => {
  const w = await setUpPasses();
  for (const agentId of ['a', 'b']) w.add(2, agentId, [loop]);
  const requests = await w.requestsOf(() => w.pass({ agentId: 'b' }));
  expect(requests.sort()).toEqual(['/v1/agents 0', '/v1/agents/b/runs 0', '/v1/agents/b/signals 0']);
  w.expectEqual('b');
  expect(w.ids('runs', 'a')).toEqual([]);
  expect(w.temp.store.syncState.fleet()?.syncedAt ?? null).toBeNull();
  await expect(w.pass({ agentId: 'c' })).rejects.toThrow(UsageError);
  await expect(w.pass({ agentId: 'c' })).rejects.toThrow(/lists no agent "c"\. It lists: (a, b|b, a)\./);
});

const faults: [string, Fault, number][] = [
  ['a cut connection', { kind: 'down' }, 1],
  ['four cut connections', { kind: 'down' }, 4],
  ['a 500', { kind: 'status', status: 500 }, 1],
  ['four 500s', { kind: 'status', status: 500 }, 4],
  ['a 429', { kind: 'status', status: 429, retryAfter: '7' }, 1],
  ['a 429 that asks for an hour', { kind: 'status', status: 429, retryAfter: '3600' }, 1],
  ['a cut body', { kind: 'cut body' }, 1],
  ['four cut bodies', { kind: 'cut body' }, 4],
  ['cut JSON', { kind: 'cut json' }, 1],
  ['HTML', { kind: 'html' }, 1],
  ['another shape', { kind: 'wrong shape' }, 1],
];

test.each(faults)('%s in a pass: the next one makes it good', async (_, fault, times) => {
  const w = await setUpPasses();
  for (const agentId of ['a', 'b']) w.add(20, agentId, [loop]);
  await w.pass();
  for (const agentId of ['a', 'b']) w.add(20, agentId, [loop]);
  for (const when of [isRuns, isSignals]) {
    w.api.fail(fault, { times, when: (request) => when(request) && request.query.get('offset') !== '0' });
  }
  await w.pass().catch((error: unknown) => expect(error).toMatchObject({ name: 'ApiError' }));
  // What the first pass did not meet does not come up in the second.
  const spare = createTestClient(w.api.url, w.clock);
  for (const list of ['runs', 'signals']) {
    for (let n = 0; n < 2; n += 1) await spare.get(`/v1/agents/a/${list}`, { offset: '1' }).catch(() => undefined);
  }
  await spare.close();
  expect(await w.pass()).toMatchObject({ failures: [] });
  w.expectEqual('a', 'b');
  expect(w.temp.store.syncState.fleet()).toMatchObject({ errorKind: null });
});
