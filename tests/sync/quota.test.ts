import { expect, test } from 'vitest';
import { FullError, quotaNote, roomOf } from '../../src/sync/quota.ts';
import { setUpLane } from '../support/lane.ts';
import { loop, pageSize, setUpPasses } from '../support/passes.ts';

test('the nearer to its limit, the less the mirror takes', () => {
  expect([0, 899, 900, 999, 1000, 1099, 1100, 5000].map((used) => roomOf(used, 1000))).toEqual([
    'all',
    'all',
    'lists',
    'lists',
    'newest',
    'newest',
    'nothing',
    'nothing',
  ]);
  expect(quotaNote(1e9, 20e9)).toBeUndefined();
  expect(quotaNote(20e9, 20e9)).toBe(
    'The mirror holds 20000 MB of 20000 (DUNETRACE_MAX_MB): it takes no more events of runs and no older rows, only the newest of each list. Raise the limit, set DUNETRACE_KEEP_DAYS to keep fewer days, or run `dunetrace-mcp reset` to start over.',
  );
});

/** A limit that the mirror is just over, so that only the newest rows are taken. */
const justFull = (w: Awaited<ReturnType<typeof setUpPasses>>) => w.temp.store.usedBytes() / 1.01;
const stateOf = (w: Awaited<ReturnType<typeof setUpPasses>>, list: 'runs' | 'signals', agentId = 'a') =>
  w.temp.store.syncState.read(w.temp.store.agents.ensure(agentId), list);
const runsBelow = (requests: string[]) => requests.filter((one) => one.includes('/runs') && !one.endsWith(' 0'));

test('a full mirror takes the newest page of each list, covers what it has, and reads on once there is room', async () => {
  const w = await setUpPasses();
  w.add(60, 'a', [loop]);
  w.add(5, 'b', [loop]);
  const maxBytes = justFull(w);
  const { failures } = await w.pass({}, { maxBytes });
  expect(failures.map(({ agentId, list, kind }) => [agentId, list, kind]).sort()).toEqual([
    ['a', 'runs', 'full'],
    ['a', 'signals', 'full'],
  ]);
  expect(w.ids('runs', 'a')).toHaveLength(pageSize);
  w.expectEqual('b');
  const { coveredFrom } = stateOf(w, 'runs');
  expect(coveredFrom).toBeGreaterThan(1_780_000_000);
  expect(stateOf(w, 'runs', 'b').coveredFrom).toBe(0);
  expect(w.temp.store.syncState.fleet()).toMatchObject({ syncedAt: expect.any(Number), errorKind: null });
  // What has not moved is left alone, and what has moved is read from its top.
  w.clock.advance(400);
  expect(await w.requestsOf(() => w.pass({}, { maxBytes: justFull(w) }))).toEqual(
    expect.arrayContaining(['/v1/agents 0']),
  );
  expect(await w.requestsOf(() => w.pass({}, { maxBytes: justFull(w) }))).toEqual(['/v1/agents 0']);
  const [newest] = w.add(1, 'a', [loop]);
  expect(runsBelow(await w.requestsOf(() => w.pass({}, { maxBytes: justFull(w) })))).toEqual([]);
  expect(w.ids('runs', 'a')).toContain(newest);
  expect(await w.pass({}, { maxBytes: 1e9 })).toMatchObject({ failures: [] });
  w.expectEqual('a', 'b');
  expect(stateOf(w, 'runs').coveredFrom).toBe(0);
});

test('more new rows than a page leave a gap in a full mirror, which it does not cover, until there is room', async () => {
  const w = await setUpPasses();
  w.add(30);
  await w.pass();
  w.expectEqual('a');
  for (let n = 0; n < 3; n += 1) {
    const added = w.add(40);
    expect((await w.pass({}, { maxBytes: justFull(w) })).failures).toMatchObject([{ list: 'runs', kind: 'full' }]);
    expect(w.ids('runs', 'a')).toEqual(expect.arrayContaining(added.slice(-pageSize)));
    expect(stateOf(w, 'runs').coveredFrom).toBeGreaterThan(0);
  }
  await w.pass({}, { maxBytes: 1e9 });
  w.expectEqual('a');
  expect(stateOf(w, 'runs').coveredFrom).toBe(0);
});

test('a mirror that is far over its limit takes nothing, says so, and keeps what it has', async () => {
  const w = await setUpPasses();
  w.add(30);
  await w.pass();
  const had = w.ids('runs', 'a');
  w.add(3);
  await expect(w.pass({}, { maxBytes: w.temp.store.usedBytes() / 2 })).rejects.toThrow(FullError);
  expect(w.ids('runs', 'a')).toEqual(had);
  expect(w.temp.store.syncState.fleet()).toMatchObject({
    errorKind: 'full',
    error: expect.stringContaining('DUNETRACE_MAX_MB'),
  });
  await w.pass();
  w.expectEqual('a');
});

test('near its limit a mirror is sent no more events, but for a run that somebody asks for', async () => {
  const w = await setUpLane({ env: { DUNETRACE_MAX_MB: '1' } });
  const used = () =>
    Number(
      w
        .read()
        .get<{ bytes: number }>(
          'select (page_count - freelist_count) * page_size as bytes from pragma_page_count, pragma_freelist_count, pragma_page_size',
        ).bytes,
    );
  await w.pass();
  expect(used()).toBeLessThan(0.8e6);
  for (let n = 0; used() < 0.9e6; n += 1) {
    for (let m = 0; m < 100; m += 1) w.add(`run-${n}-${m}`, 60);
    await w.pass();
  }
  await w.catchUp();
  expect(w.runsAsked()).toEqual([]);
  await w.syncer.run('run-0-0');
  expect(w.runsAsked()).toEqual(['run-0-0']);
});
