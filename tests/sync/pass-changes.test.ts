import { expect, test } from 'vitest';
import { StoppedError } from '../../src/errors.ts';
import { loop, setUpPasses } from '../support/passes.ts';

/** What upstream changes and drops, seen by examples. */

test('a wiped backend is mirrored in one pass, and nothing of the old one is left or merged', async () => {
  const w = await setUpPasses();
  w.add(30, 'a', [{ ...loop, title: 'old world' }]);
  w.add(3, 'b', [loop]);
  await w.pass();
  w.backend.wipe();
  w.clock.advance(5);
  w.add(4, 'a', [{ ...loop, severity: 'LOW' }]);
  await w.pass();
  w.expectEqual('a', 'b');
  expect(w.rows("select id, severity from v_signals where agent_id = 'a' order by id")).toEqual(
    [1, 2, 3, 4].map((id) => ({ id, severity: 'LOW' })),
  );
  expect(w.rows("select run_id from v_runs where agent_id = 'a'")).toHaveLength(4);
  expect(w.rows("select title from v_signals where title = 'old world'")).toEqual([]);
});

test('from the moment a wipe is seen nothing of the old world is current, even if the pass ends there', async () => {
  const w = await setUpPasses();
  w.add(60, 'a', [{ ...loop, title: 'old world' }]);
  w.add(40, 'b', [loop]);
  await w.pass();
  w.temp.store.write(() => w.temp.store.serverHealth.put(1, '{"score":1}', w.clock.now()));
  w.backend.wipe();
  w.clock.advance(5);
  w.add(1, 'a', [{ ...loop, severity: 'LOW' }]);
  w.add(1, 'b', [loop]);
  const crash = new AbortController();
  // The page that holds signal 1 of another run is committed, and nothing after it.
  let told = false;
  w.api.watch(({ path }) => {
    if (told) crash.abort(new StoppedError('crash'));
    told ||= path.endsWith('/signals');
  });
  await expect(w.pass({ signal: crash.signal })).rejects.toThrow('crash');
  expect(w.rows('select run_id from v_runs where gone_at is null')).toEqual([]);
  expect(w.rows('select id from v_signals where gone_at is null')).toEqual([]);
  expect(w.rows('select 1 from server_health')).toEqual([]);
  expect(w.rows('select distinct rows, covered_from from sync_state')).toEqual([{ rows: 0, covered_from: null }]);
  told = false;
  await w.pass();
  w.expectEqual('a', 'b');
  expect(w.rows('select 1 from v_runs')).toHaveLength(2);
  expect(w.rows('select 1 from v_signals')).toHaveLength(2);
});

test('a wiped backend is noticed by an agent that the mirror never saw', async () => {
  const w = await setUpPasses();
  w.add(20, 'a', [loop]);
  await w.pass();
  w.backend.wipe();
  w.clock.advance(5);
  w.add(5, 'newcomer', [loop]);
  w.add(2, 'a', [loop]);
  await w.pass();
  w.expectEqual('a', 'newcomer');
  expect(w.rows('select id, agent_id from v_signals order by id')).toEqual(
    [1, 2, 3, 4, 5, 6, 7].map((id) => ({ id, agent_id: id <= 5 ? 'newcomer' : 'a' })),
  );
  expect(w.rows('select 1 from v_runs')).toHaveLength(7);
});

test('a backend that is wiped behind what a pass has read is mirrored by that very pass', async () => {
  const w = await setUpPasses();
  w.add(5, 'a', [{ ...loop, title: 'old world' }]);
  w.add(30, 'b', [loop]);
  await w.pass();
  w.clock.advance(600);
  w.add(1, 'a', [loop]);
  w.add(40, 'b', [loop]);
  let isWiped = false;
  w.api.watch(({ path, query }) => {
    // By now the pass is done with the lists of the first agent.
    if (isWiped || path !== '/v1/agents/b/signals' || Number(query.get('offset')) < 20) return;
    isWiped = true;
    w.backend.wipe();
    w.add(3, 'a', [loop]);
    w.add(35, 'b', [loop]);
  });
  await w.pass();
  expect(isWiped).toBe(true);
  w.expectEqual('a', 'b');
  expect(w.rows("select 1 from v_runs where agent_id = 'a'")).toHaveLength(3);
});

test('a wiped backend that has nothing yet leaves nothing live', async () => {
  const w = await setUpPasses();
  w.add(20, 'a', [loop]);
  await w.pass();
  w.backend.wipe();
  await w.pass();
  w.expectEqual('a');
  expect(w.rows('select 1 from v_agents where gone_at is null')).toEqual([]);
});

test('an agent whose events have all expired is no longer listed, and keeps its rows', async () => {
  const w = await setUpPasses();
  const runIds = w.add(20, 'a', [loop]);
  w.add(1, 'b');
  await w.pass();
  for (const runId of runIds) w.backend.expireEvents(runId);
  expect(await w.pass()).toMatchObject({ agents: 1, failures: [] });
  expect(w.rows('select agent_id, gone_at is null as listed from v_agents order by 1')).toEqual([
    { agent_id: 'a', listed: 0 },
    { agent_id: 'b', listed: 1 },
  ]);
  expect(w.ids('runs', 'a')).toHaveLength(20);
  w.expectEqual('a');
  // Settled at once: there is nothing to come.
  expect(await w.requestsOf(() => w.pass({}, { settleSeconds: 0 }))).toEqual(['/v1/agents 0']);
  w.add(1, 'a');
  await w.pass();
  expect(w.rows('select 1 from v_agents where gone_at is null')).toHaveLength(2);
  w.expectEqual('a');
});

test('a dropped run is kept and marked, and so are its signals only if they are gone too', async () => {
  const w = await setUpPasses();
  w.add(3, 'a', [loop]);
  await w.pass();
  w.backend.dropRun('run-2');
  w.backend.deleteSignal(3);
  w.clock.advance(50);
  await w.pass();
  const goneAt = w.clock.now();
  expect(w.rows('select run_id, started_at is null as blank, gone_at from v_runs order by 1')).toEqual([
    { run_id: 'run-1', blank: 0, gone_at: null },
    { run_id: 'run-2', blank: 0, gone_at: goneAt },
    { run_id: 'run-3', blank: 0, gone_at: null },
  ]);
  expect(w.rows('select id, run_id, gone_at from v_signals order by 1')).toEqual([
    { id: 1, run_id: 'run-1', gone_at: null },
    { id: 2, run_id: 'run-2', gone_at: null },
    { id: 3, run_id: 'run-3', gone_at: goneAt },
  ]);
  w.clock.advance(50);
  await w.pass({ full: true });
  expect(w.rows('select gone_at from v_runs where gone_at is not null')).toEqual([{ gone_at: goneAt }]);
});

test.each([false, true])('an expired run keeps what was known of it, and is marked (full: %s)', async (full) => {
  const w = await setUpPasses();
  const event = { event_type: 'run.started', timestamp: 1, payload: {}, parent_run_id: null };
  const events = [0, 7].map((step_index) => ({ ...event, step_index }));
  w.add(1, 'a', [], { events, totalTokens: 1234, costUsd: 0.5 });
  w.add(1, 'a', [], { events, exitReason: 'stalled' });
  const kept = () =>
    w.rows(
      'select run_id, started_at, completed_at, step_count, total_tokens, cost_usd, events_expired from v_runs order by 1',
    );
  await w.pass();
  const before = kept();
  expect(before).toMatchObject([
    { step_count: 7, total_tokens: 1234, cost_usd: 0.5, events_expired: 0 },
    { completed_at: null, events_expired: 0 },
  ]);
  w.backend.expireEvents('run-1');
  w.backend.expireEvents('run-2');
  w.add(1, 'a');
  await w.pass({ full });
  expect(kept().slice(0, 2)).toEqual(before.map((row) => ({ ...row, events_expired: 1 })));
});

test('a run that had expired before it was first seen is listed, with what there is', async () => {
  const w = await setUpPasses();
  w.add(2, 'a', [loop]);
  w.backend.expireEvents('run-1');
  await w.pass();
  expect(
    w.rows("select started_at, step_count, exit_reason, events_expired from v_runs where run_id = 'run-1'"),
  ).toEqual([{ started_at: null, step_count: 0, exit_reason: 'run.completed', events_expired: 1 }]);
});

test('an alert that went out later is seen by a full pass', async () => {
  const w = await setUpPasses();
  w.add(60, 'a', [loop]);
  w.clock.advance(400);
  await w.pass();
  w.backend.setAlerted(1);
  w.backend.setAlerted(60);
  await w.pass();
  expect(w.rows('select id from v_signals where alerted')).toEqual([]);
  await w.pass({ full: true });
  expect(w.rows('select id from v_signals where alerted order by id')).toEqual([{ id: 1 }, { id: 60 }]);
});

test('fields that the API has and the mirror does not know are kept, their texts as hashes', async () => {
  const w = await setUpPasses();
  w.add(1);
  w.backend.addRawRow('runs', 'a', { run_id: 'raw', agent_id: 'a', region: 'eu', tags: ['x', 1, null] });
  await w.pass();
  const [row] = w.rows("select extra, step_count from v_runs where run_id = 'raw'");
  const { standIn } = w.temp.store.content.policy();
  expect(JSON.parse(String(row?.extra))).toEqual({ region: standIn('eu'), tags: [standIn('x'), 1, null] });
  expect(row?.step_count).toBeNull();
});

test.each([2, 3, 4, 5, 6])(
  'a full pass that is cut short at request %i leaves no hole below what is covered',
  async (nth) => {
    const w = await setUpPasses();
    w.add(20, 'a', [loop]);
    await w.pass();
    w.add(20, 'a', [loop]);
    const crash = new AbortController();
    let seen = 0;
    w.api.watch(({ path }) => {
      if (path.endsWith('/signals')) seen += 1;
      if (seen === nth) crash.abort(new StoppedError('crash'));
    });
    await expect(w.pass({ full: true, signal: crash.signal })).rejects.toThrow('crash');
    const [state] = w.rows("select covered_from from sync_state where list = 'signals'");
    const covered = Number(state?.covered_from);
    const have = w.rows(`select id from v_signals where detected_at > ${covered} order by id desc`).map(({ id }) => id);
    const want = w.backend.signals('a').filter((row) => row.detected_at > covered);
    // Nothing of the new rows, or a part of the list without a hole.
    expect([want.map(({ id }) => id), want.map(({ id }) => id).filter((id) => id <= 20)]).toContainEqual(have);
    await w.pass();
    expect(w.rows('select id from v_signals')).toHaveLength(40);
  },
);

test('a wiped backend takes along the rows of agents that were unlisted long before', async () => {
  const w = await setUpPasses();
  w.add(2, 'a', [loop]);
  w.add(2, 'b', [loop]);
  await w.pass();
  w.backend.expireEvents('run-1');
  w.backend.expireEvents('run-2');
  await w.pass();
  expect(w.ids('runs', 'a')).toHaveLength(2);
  w.backend.wipe();
  w.add(1, 'c');
  await w.pass();
  w.expectEqual('a', 'b', 'c');
});
