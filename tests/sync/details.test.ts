import { expect, test } from 'vitest';
import { runs } from '../../src/db/schema.ts';
import { vRunEvents } from '../../src/db/views.ts';
import { day, setUpLane } from '../support/lane.ts';
import { loop } from '../support/passes.ts';

const isDetail = ({ path }: { path: string }) => path.startsWith('/v1/runs/');

test.each([1, 2] as const)(
  'generation %i: runs with signals come first, then the newest; each once',
  async (generation) => {
    const w = await setUpLane({ generation });
    for (const [index, age] of [29 * day, 3 * day, 2 * day, 1000].entries()) w.add(`clean-${index}`, age);
    w.add('other', 2.5 * day, [], { agentId: 'b' });
    w.add('failed-old', 20 * day, [loop]);
    w.add('failed-new', 5 * day, [loop]);
    w.add('too old', 31 * day, [loop], { agentId: 'gone before any baseline' });
    w.backend.dropRun('too old');
    await w.pass();
    expect(w.runsAsked()).toEqual([]);
    await w.catchUp();
    expect(w.runsAsked()).toEqual(['failed-new', 'failed-old', 'clean-3', 'clean-2', 'other', 'clean-1', 'clean-0']);
    expect(w.read().select().from(vRunEvents).all()).toHaveLength(14);
    await w.pass();
    await w.catchUp();
    const later = w.open();
    await w.pass(later);
    await w.catchUp({}, later);
    expect(w.runsAsked()).toHaveLength(7);
    w.add('new', 60);
    await w.pass();
    await w.catchUp();
    expect(w.runsAsked().slice(7)).toEqual(['new']);
  },
);

test('DUNETRACE_EVENTS_DAYS bounds how old a run may be; 0 is none, and no baseline either', async () => {
  const fill = (w: Awaited<ReturnType<typeof setUpLane>>) => {
    w.add('young', 6 * day);
    w.add('old', 8 * day);
    w.add('for the baseline', 40 * day);
  };
  const week = await setUpLane({ env: { DUNETRACE_EVENTS_DAYS: '7' } });
  fill(week);
  await week.pass();
  await week.catchUp();
  expect(week.runsAsked()).toEqual(['young', 'for the baseline']);
  const none = await setUpLane({ env: { DUNETRACE_EVENTS_DAYS: '0' } });
  fill(none);
  await none.pass();
  await none.catchUp();
  expect(none.runsAsked()).toEqual([]);
  const most = await setUpLane({ env: { DUNETRACE_EVENTS_DAYS: '365' } });
  fill(most);
  await most.pass();
  await most.catchUp();
  expect(most.runsAsked().toSorted()).toEqual(['for the baseline', 'old', 'young']);
});

test('60 runs an agent from 30 to 90 days ago are fetched, evenly spread, and no more of them later', async () => {
  const w = await setUpLane();
  const now = w.clock.now();
  for (let index = 0; index < 240; index += 1) w.add(`a-${index}`, (30 + index / 4) * day);
  for (let index = 0; index < 5; index += 1) w.add(`b-${index}`, (50 + index) * day, [], { agentId: 'b' });
  await w.pass();
  await w.catchUp();
  const asked = w.runsAsked();
  expect(new Set(asked).size).toBe(asked.length);
  expect(asked.filter((id) => id.startsWith('b-')).toSorted()).toEqual(['b-0', 'b-1', 'b-2', 'b-3', 'b-4']);
  const chosen = asked.filter((id) => id.startsWith('a-'));
  expect(chosen).toHaveLength(60);
  const days = new Set(chosen.map((id) => Math.floor((now - (30 + Number(id.slice(2)) / 4) * day - 10) / day)));
  expect(days.size).toBe(60);
  w.clock.advance(2 * day);
  await w.pass();
  await w.catchUp();
  // Two more days have come to be older than 30 days, and their runs have no details yet.
  expect(w.runsAsked().length - asked.length).toBeLessThanOrEqual(4);
});

test('a baseline is not kept waiting by a long backlog, nor the backlog by it', async () => {
  const w = await setUpLane();
  for (let index = 0; index < 120; index += 1) w.add(`young-${index}`, 1000 + index);
  for (let index = 0; index < 30; index += 1) w.add(`old-${index}`, (31 + index) * day);
  await w.pass();
  await w.catchUp();
  const first = w.runsAsked().slice(0, 50);
  expect(first.filter((id) => id.startsWith('old-'))).toHaveLength(10);
  expect(w.runsAsked()).toHaveLength(150);
});

test('one request at a time, and in any minute at most half of DUNETRACE_RPM', async () => {
  const w = await setUpLane({ generation: 1, env: { DUNETRACE_RPM: '30' } });
  for (let index = 0; index < 20; index += 1) w.add(`r-${index}`, 1000 + index);
  await w.pass();
  const times: number[] = [];
  w.api.watch(() => times.push(w.clock.now()));
  await w.catchUp();
  // One of them asks in vain for a health score.
  expect(times).toHaveLength(21);
  for (const [index, at] of times.entries()) {
    const sixteenth = times[index + 15];
    if (sixteenth !== undefined) expect(sixteenth - at).toBeGreaterThanOrEqual(60);
  }
  expect((times[14] ?? 0) - (times[0] ?? 0)).toBe(0);
});

test("runs that a long series can't fetch are passed by, and not asked for again", async () => {
  const w = await setUpLane();
  for (let index = 0; index < 70; index += 1) w.add(`r-${index}`, 1000 + index);
  await w.pass();
  const gone = (path: string) => Number(path.slice('/v1/runs/r-'.length)) < 60;
  w.api.fail({ kind: 'status', status: 404 }, { times: 1000, when: ({ path }) => isDetail({ path }) && gone(path) });
  await w.catchUp();
  await w.pass();
  await w.catchUp();
  expect(w.runsAsked()).toHaveLength(70);
  expect(w.read().select().from(vRunEvents).all()).toHaveLength(20);
  expect(w.warnings).toEqual([]);
});

test.each([
  ['a refused key', { kind: 'status', status: 401 }, 1],
  ['a rate limit', { kind: 'status', status: 429, retryAfter: '1' }, 1],
  ['a cut connection', { kind: 'down' }, 1],
  ['a failing server', { kind: 'status', status: 503 }, 3],
  ['a page of a proxy', { kind: 'html' }, 3],
] as const)('%s ends the work until after the next pass, without a second try', async (_, fault, requests) => {
  const w = await setUpLane();
  for (let index = 0; index < 10; index += 1) w.add(`r-${index}`, 1000 + index);
  await w.pass();
  w.api.fail(fault, { times: requests, when: isDetail });
  await w.catchUp();
  expect(w.runsAsked()).toHaveLength(requests);
  await w.pass();
  await w.catchUp();
  w.clock.advance(3700);
  await w.pass();
  await w.catchUp();
  expect(new Set(w.runsAsked()).size).toBe(10);
  expect(w.read().select().from(vRunEvents).all()).toHaveLength(20);
});

test('told to end, it ends after the request under way; told to stop, at once', async () => {
  const w = await setUpLane();
  for (let index = 0; index < 10; index += 1) w.add(`r-${index}`, 1000 + index);
  await w.pass();
  const held = w.api.hold(isDetail);
  const ending = new AbortController();
  const ended = w.catchUp({ ending: ending.signal });
  await held.arrived;
  ending.abort();
  held.release();
  await ended;
  expect(w.runsAsked()).toEqual(['r-0']);
  expect(w.read().select().from(vRunEvents).all()).toHaveLength(2);
  const stuck = w.api.hold(isDetail);
  const stop = new AbortController();
  const stopped = w.catchUp({ signal: stop.signal });
  await stuck.arrived;
  stop.abort();
  await stopped;
  stuck.release();
  expect(w.runsAsked()).toEqual(['r-0', 'r-1']);
  await w.catchUp();
  expect(w.runsAsked()).toEqual(['r-0', 'r-1', 'r-1', 'r-2', 'r-3', 'r-4', 'r-5', 'r-6', 'r-7', 'r-8', 'r-9']);
});

test('a live ask goes before it in the queue', async () => {
  const w = await setUpLane({ env: { DUNETRACE_CONCURRENCY: '1' } });
  for (let index = 0; index < 4; index += 1) w.add(`r-${index}`, 1000 + index);
  await w.pass();
  const held = w.api.hold(isDetail);
  const first = w.syncer.run('r-3', { priority: 10 });
  await held.arrived;
  const ended = w.catchUp();
  const asked = w.syncer.run('r-2', { priority: 10 });
  held.release();
  await Promise.all([first, asked, ended]);
  expect(w.runsAsked()).toEqual(['r-3', 'r-2', 'r-0', 'r-1']);
});

test("events outlive the server's; a run without any is asked for once", async () => {
  const w = await setUpLane();
  w.add('kept', 1000, [loop]);
  w.add('dropped before', 2000);
  w.add('dropped between', 3000);
  w.backend.expireEvents('dropped before');
  await w.pass();
  w.backend.expireEvents('dropped between');
  await w.catchUp();
  expect(w.runsAsked()).toEqual(['kept', 'dropped between']);
  w.backend.expireEvents('kept');
  await w.syncer.fleet({ full: true });
  await w.syncer.run('kept');
  w.backend.dropRun('kept');
  await w.syncer.fleet({ full: true });
  await w.catchUp();
  expect(w.runsAsked()).toEqual(['kept', 'dropped between', 'kept']);
  const events = w.read().select().from(vRunEvents).all();
  expect(events.map(({ runId, eventsExpired }) => [runId, Boolean(eventsExpired)])).toEqual([
    ['kept', true],
    ['kept', true],
  ]);
});

test('a detail that was fetched before its run had ended is fetched again', async () => {
  const w = await setUpLane();
  w.add('r', 1000);
  await w.syncer.run('r');
  await w.pass();
  await w.catchUp();
  expect(w.runsAsked()).toEqual(['r']);
  const early = await setUpLane();
  const ends = { agent_version: 'v1', started_at: 1, completed_at: null, exit_reason: null, step_count: 0 };
  const events = [{ event_type: 'run.started', step_index: 0, timestamp: 1, payload: {}, parent_run_id: null }];
  early.backend.runDetail = () => ({ run_id: 'r', agent_id: 'a', ...ends, events, signals: [] });
  early.add('r', 1000);
  await early.syncer.run('r');
  await early.pass();
  await early.catchUp();
  expect(early.runsAsked()).toEqual(['r', 'r']);
});

test('the detail of another run than the one asked for ends no round', async () => {
  const w = await setUpLane();
  w.add('r', 1000);
  w.add('s', 2000);
  w.add('t', 3000);
  await w.pass();
  const detail = w.backend.runDetail('s');
  w.backend.runDetail = () => detail;
  await w.catchUp();
  expect(w.runsAsked()).toEqual(['r', 't']);
  expect(
    w
      .read()
      .select()
      .from(runs)
      .all()
      .filter(({ detailAt }) => detailAt !== null),
  ).toHaveLength(1);
});
