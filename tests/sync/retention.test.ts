import { expect, test } from 'vitest';
import { countSignals } from '../../src/queries/signal-counts.ts';
import type { PassOptions } from '../../src/sync/pass-state.ts';
import { prune } from '../../src/sync/prune.ts';
import { setUpLane } from '../support/lane.ts';
import { loop, pageSize, setUpPasses } from '../support/passes.ts';

/** What age does to rows: upstream drops its oldest runs, and the mirror keeps so many days. */

const day = 86_400;
const never = new AbortController().signal;

test('runs that upstream drops at the end of a list are marked after three requests for the list', async () => {
  const w = await setUpPasses();
  const runIds = w.add(200, 'a');
  await w.pass();
  w.add(3, 'a');
  await w.pass();
  for (const runId of runIds.slice(0, 25)) w.backend.dropRun(runId);
  w.add(1, 'a');
  const requests = await w.requestsOf(() => w.pass());
  expect(requests.filter((path) => path.includes('/runs'))).toEqual([
    '/v1/agents/a/runs 0',
    '/v1/agents/a/runs 5',
    `/v1/agents/a/runs ${204 - 25 - pageSize}`,
  ]);
  w.expectEqual('a');
  expect(w.rows('select 1 from v_runs where gone_at is not null and started_at is not null')).toHaveLength(25);
  // Nothing is left over.
  expect(await w.requestsOf(() => w.pass({}, { settleSeconds: 0 }))).toEqual(['/v1/agents 0']);
});

test('runs that go from the middle, too, send the list into a whole walk', async () => {
  const w = await setUpPasses();
  const runIds = w.add(100, 'a');
  await w.pass();
  for (const runId of [...runIds.slice(0, 5), ...runIds.slice(50, 52)]) w.backend.dropRun(runId);
  const requests = await w.requestsOf(() => w.pass());
  expect(requests.length).toBeGreaterThan(8);
  w.expectEqual('a');
});

test('a run that was analysed late keeps its place, however old its times are', async () => {
  const w = await setUpPasses();
  w.add(40, 'a');
  await w.pass();
  const old = { startedAt: w.clock.now() - 5000, completedAt: w.clock.now() - 4900 };
  const [late] = w.add(1, 'a', [], old);
  await w.pass();
  for (const runId of ['run-1', 'run-2']) w.backend.dropRun(runId);
  await w.pass();
  w.expectEqual('a');
  expect(w.ids('runs', 'a')).toContain(late);
});

/** 40 old runs with a signal each, and 40 of today. */
async function setUpOld() {
  const w = await setUpPasses();
  w.add(40, 'a', [{ ...loop, title: 'long ago', evidence: { deed: 'old' } }]);
  w.clock.advance(30 * day);
  w.add(40, 'a', [{ ...loop, title: 'of today' }]);
  const keepSeconds = 10 * day;
  return {
    ...w,
    keep: (options: PassOptions = {}, settleSeconds = 300) => w.pass(options, { keepSeconds, settleSeconds }),
    prune: () => prune({ store: w.temp.store, clock: w.clock, keepSeconds, batchSize: 10 }, never),
    state: () => w.rows('select list, rows, deficit, covered_from from sync_state order by list'),
    left: () => ['runs', 'signals'].map((list) => w.rows(`select 1 from v_${list}`).length),
  };
}

test('a first fill stops at a page of rows that are too old to keep, and says from when on it reaches', async () => {
  const w = await setUpOld();
  await w.keep();
  expect(w.left()).toEqual([40, 40]);
  const since = w.clock.now() - 10 * day;
  expect(w.state()).toEqual([
    { list: 'runs', rows: 40, deficit: 40, covered_from: expect.closeTo(since, -2) },
    { list: 'signals', rows: 40, deficit: 40, covered_from: expect.closeTo(since, -2) },
  ]);
  const again = await w.requestsOf(() => w.keep({}, 1e9));
  expect(again).toEqual(['/v1/agents 0', '/v1/agents/a/runs 0', '/v1/agents/a/signals 0']);
  // Each page repeats ten rows; the last one adds five that are too old.
  const full = await w.requestsOf(() => w.keep({ full: true }));
  expect(full).toContain('/v1/agents/a/runs 30');
  expect(full.filter((path) => / (3[5-9]|[4-9]\d)$/.test(path))).toEqual([]);
  expect(w.left()).toEqual([40, 40]);
});

test('what has grown too old is removed, with its texts, and is neither missed nor fetched again', async () => {
  const w = await setUpOld();
  await w.pass();
  expect(w.left()).toEqual([80, 80]);
  expect(await w.prune()).toBe(80);
  expect(w.left()).toEqual([40, 40]);
  expect(w.state()).toMatchObject([
    { rows: 40, deficit: 40 },
    { rows: 40, deficit: 40 },
  ]);
  const found = (word: string) => countSignals(w.temp.mirror, { terms: [word] });
  expect([found('old'), found('ago'), found('today')]).toEqual([0, 0, 40]);
  expect(w.rows("select 1 from evidence where body like '%old%'")).toEqual([]);
  expect(w.rows("select 1 from explanations where title like '%ago%'")).toEqual([]);
  expect(await w.requestsOf(() => w.keep({}, 1e9))).toHaveLength(3);
  await w.keep({ full: true });
  expect(await w.prune()).toBe(0);
  expect(w.left()).toEqual([40, 40]);
  // Upstream drops, of its own, what the mirror has no more.
  for (const { run_id } of w.backend.runs('a').slice(-20)) w.backend.dropRun(run_id);
  expect((await w.requestsOf(() => w.keep({}, 1e9))).length).toBeLessThanOrEqual(5);
  expect(w.state()).toMatchObject([
    { rows: 40, deficit: 20 },
    { rows: 40, deficit: 40 },
  ]);
  expect(w.rows('select 1 from v_runs where gone_at is not null')).toEqual([]);
});

test('a run that a younger signal names stays, unlisted, until the signal goes', async () => {
  const w = await setUpOld();
  w.backend.analyse('run-1', [{ ...loop, detectedAt: w.clock.now() - 5 }]);
  await w.pass();
  await w.prune();
  expect(w.rows("select id from v_signals where run_id = 'run-1'")).toHaveLength(1);
  expect(w.rows("select 1 from v_runs where run_id = 'run-1'")).toEqual([]);
  expect(w.temp.mirror.sqlite.pragma('foreign_key_check')).toEqual([]);
  w.clock.advance(20 * day);
  await w.prune();
  expect(w.rows('select 1 from runs')).toEqual([]);
});

test('whoever keeps more days again gets them again', async () => {
  const w = await setUpOld();
  await w.keep();
  await w.pass();
  w.expectEqual('a');
  expect(w.state()).toMatchObject([
    { deficit: 0, covered_from: 0 },
    { deficit: 0, covered_from: 0 },
  ]);
});

test('a walk for its age alone goes on over several passes, ten pages each, and sees what changed', async () => {
  const w = await setUpPasses();
  w.add(pageSize * 20, 'a', [loop]);
  w.add(1, 'b', [loop]);
  await w.pass();
  w.clock.advance(3 * day);
  w.backend.setAlerted(1);
  const poll = () => w.requestsOf(() => w.pass({ idlePages: 10 }, { fullSyncSeconds: day, settleSeconds: 0 }));
  const passes = [];
  for (let n = 0; n < 16; n += 1) passes.push((await poll()).filter((path) => path !== '/v1/agents 0').length);
  expect(Math.max(...passes)).toBeLessThanOrEqual(14);
  expect(passes.at(-1)).toBe(0);
  expect(w.rows('select id from v_signals where alerted')).toEqual([{ id: 1 }]);
  w.expectEqual('a', 'b');
  expect(w.rows('select 1 from sync_state where tail_pass is not null')).toEqual([]);
});

test('a pass that somebody waits for neither begins nor continues such a walk', async () => {
  const w = await setUpPasses();
  w.add(pageSize * 20, 'a');
  await w.pass();
  w.clock.advance(3 * day);
  await w.pass({ idlePages: 3 }, { fullSyncSeconds: day, settleSeconds: 0 });
  const waiting = await w.requestsOf(() => w.pass({ idlePages: 0 }, { fullSyncSeconds: day, settleSeconds: 0 }));
  expect(waiting.length).toBeLessThanOrEqual(3);
});

test('a server removes old rows between its passes, and a run asked for by its id is told with its signals all the same', async () => {
  const w = await setUpLane({ env: { DUNETRACE_KEEP_DAYS: '10', DUNETRACE_EVENTS_DAYS: '0' } });
  w.add('old', 9.5 * day, [loop]);
  w.add('new', 60, [loop]);
  await w.pass();
  const left = () =>
    w
      .read()
      .all<{ run_id: string }>('select run_id from v_runs order by 1')
      .map(({ run_id }) => run_id);
  const signals = () => w.read().all('select id from v_signals').length;
  expect(left()).toEqual(['new', 'old']);
  w.clock.advance(day);
  await w.pass();
  await w.catchUp();
  expect(left()).toEqual(['new']);
  expect(signals()).toBe(1);
  await w.syncer.run('old');
  expect(signals()).toBe(2);
  await w.catchUp();
  expect(signals()).toBe(1);
  expect(w.warnings).toEqual([]);
});
