import { expect, test } from 'vitest';
import { openReader } from '../../src/db/open.ts';
import { listAgents } from '../../src/queries/agents.ts';
import { shortRunId } from '../../src/queries/run-prefixes.ts';
import { countRuns, findRuns, type RunPosition, runIdsWith } from '../../src/queries/runs.ts';
import { countSignals, findSignals, type SignalPosition } from '../../src/queries/signals.ts';
import { loop, setUpPasses } from '../support/passes.ts';
import { testOwner } from '../support/temp-mirror.ts';

/** Two agents with 25 runs each; signals of two types, severities and versions, some at one moment. */
async function twoAgents() {
  const setUp = await setUpPasses();
  for (const agentId of ['a', 'b']) {
    for (let n = 0; n < 25; n += 1) {
      const signals = [
        { failureType: 'TOOL_LOOP', severity: 'HIGH' as const, stepIndex: 1 },
        { failureType: 'COST_SPIKE', severity: 'LOW' as const, stepIndex: 2 },
      ].slice(0, n % 3);
      setUp.add(1, agentId, signals, { agentVersion: n < 10 ? 'v1' : '2.0' });
    }
  }
  await setUp.pass();
  return { ...setUp, reader: setUp.temp.mirror };
}

test('pages of signals, each after the last of the one before, are the whole list, newest first', async () => {
  const { reader, ids } = await twoAgents();
  const seen: number[] = [];
  let after: SignalPosition | undefined;
  for (;;) {
    const { items, total } = findSignals(reader, {}, { limit: 7, after });
    expect(total).toBe(countSignals(reader, {}));
    const last = items.at(-1);
    if (!last) break;
    seen.push(...items.map(({ id }) => id));
    after = [last.detectedAt, last.id];
  }
  expect(seen.map(String).sort()).toEqual([...ids('signals', 'a'), ...ids('signals', 'b')].sort());
  const all = findSignals(reader, {}, { limit: 1000 }).items;
  expect(seen).toEqual(all.map(({ id }) => id));
  expect(all.map(({ detectedAt }) => detectedAt)).toEqual(
    all.map(({ detectedAt }) => detectedAt).toSorted((x, y) => y - x),
  );
});

test('pages of runs are the whole list, those without a start last', async () => {
  const { reader, temp, ids } = await twoAgents();
  temp.mirror.sqlite.exec("update runs set started_at = null where run_id like 'run-1%'");
  const seen: string[] = [];
  let after: RunPosition | undefined;
  for (;;) {
    const { items } = findRuns(reader, { agentId: 'a' }, { limit: 4, after });
    const last = items.at(-1);
    if (!last) break;
    seen.push(...items.map(({ runId }) => runId));
    after = [last.startedAt, last.runId];
  }
  expect(seen.toSorted()).toEqual(ids('runs', 'a'));
  const firstWithout = seen.findIndex((id) => id.startsWith('run-1'));
  expect(seen.slice(firstWithout).every((id) => id.startsWith('run-1'))).toBe(true);
});

test('totals of different filters add up', async () => {
  const { reader, clock } = await twoAgents();
  const all = countSignals(reader, {});
  const sum = (...counts: number[]) => counts.reduce((total, count) => total + count, 0);
  expect(all).toBe(sum(...['a', 'b'].map((agentId) => countSignals(reader, { agentId }))));
  expect(all).toBe(sum(...['HIGH', 'LOW', 'CRITICAL'].map((severity) => countSignals(reader, { severity }))));
  expect(all).toBe(sum(...['TOOL_LOOP', 'COST_SPIKE'].map((failureType) => countSignals(reader, { failureType }))));
  expect(all).toBe(sum(...['1', 'v2.0'].map((agentVersion) => countSignals(reader, { agentVersion }))));
  const middle = clock.now() - 30.5;
  expect(all).toBe(sum(countSignals(reader, { since: middle }), countSignals(reader, { until: middle })));
  expect(countSignals(reader, { since: middle })).toBeGreaterThan(0);
  const runs = countRuns(reader, { agentId: 'a' });
  expect(runs).toBe(25);
  expect(countRuns(reader, { agentId: 'a', hasSignals: true })).toBe(16);
  expect(countRuns(reader, { agentId: 'a', hasSignals: false })).toBe(9);
});

test('as the clock goes on, and back, the signals of the last hours are as many as are found', async () => {
  const { clock, add, pass, temp } = await setUpPasses();
  const began = clock.now();
  for (let n = 0; n < 30; n += 1) {
    add(1, n % 2 === 0 ? 'a' : 'b', [loop]);
    clock.advance(4 * 3600);
  }
  await pass();
  const reader = openReader(temp.file, testOwner);
  for (const hours of [5, 6, 6, 9.5, 23, 22, 30, 29.99, 70, 3]) {
    for (const agentId of [undefined, 'a']) {
      const filter = { agentId, since: began + hours * 3600 };
      const { items, total } = findSignals(reader, filter, { limit: 1000 });
      expect([hours, agentId, total]).toEqual([hours, agentId, items.length]);
      expect(total).toBeGreaterThan(5);
    }
  }
  reader.close();
});

test('a signal that was shown and has changed since is shown as it is now', async () => {
  const { temp, add, pass, backend } = await setUpPasses();
  add(6, 'a', [loop]);
  await pass();
  const reader = openReader(temp.file, testOwner);
  const shown = () => findSignals(reader, {}, { limit: 10 }).items.map(({ id, title }) => [id, title]);
  const before = shown();
  expect(before).toHaveLength(6);
  expect(shown()).toEqual(before);
  const [first] = before.at(-1) ?? [];
  temp.store.write(() => {
    temp.mirror.sqlite.exec(`insert into explanations (hash, failure_type, title) values (x'01', 1, 'Another title');
      update signals set explanation = last_insert_rowid() where key = -${first}`);
  });
  expect(shown()).toEqual([...before.slice(0, -1), [first, 'Another title']]);
  backend.deleteSignal(Number(first));
  await pass({ full: true });
  expect(shown()).toEqual(before.slice(0, -1));
  reader.close();
});

test('unknown names match nothing', async () => {
  const { reader } = await twoAgents();
  for (const filter of [{ agentId: 'x' }, { failureType: 'x' }, { agentVersion: "' or 1" }, { severity: 'x' }])
    expect(countSignals(reader, filter)).toBe(0);
});

test('run ids by their beginning, wildcards taken as they stand', async () => {
  const { reader } = await twoAgents();
  expect(runIdsWith(reader, 'run-4', 20)).toEqual(
    ['run-4', ...Array.from({ length: 10 }, (_, n) => `run-4${n}`)].toSorted(),
  );
  expect(runIdsWith(reader, 'run-', 3)).toHaveLength(3);
  for (const none of ['run_', 'run-%', 'RUN-4', 'run-99']) expect(runIdsWith(reader, none, 5)).toEqual([]);
});

test('an id that only a signal names is found by its beginning, and one that nothing names is shown whole', async () => {
  const { reader, temp } = await twoAgents();
  const named = '236c56bf-91a4-4cf2-9d1c-0a1b2c3d4e5f';
  expect(shortRunId(reader, named)).toBe(named);
  temp.mirror.sqlite.exec(`insert into runs (run_id, agent) values ('${named}', 1)`);
  expect(shortRunId(reader, named)).toBe('236c56bf…');
  expect(runIdsWith(reader, '236c56bf', 5)).toEqual([named]);
  temp.mirror.sqlite.exec("insert into runs (run_id, agent) values ('😀-of-a-run', 1)");
  expect(runIdsWith(reader, '😀-of', 5)).toEqual(['😀-of-a-run']);
});

test('agents come most recently seen first, with an exact total', async () => {
  const { reader } = await twoAgents();
  const first = listAgents(reader, { limit: 1 });
  expect(first).toMatchObject({ total: 2, items: [{ agentId: 'b' }] });
  expect(listAgents(reader, { limit: 5 }).items.map((a) => a.agentId)).toEqual(['b', 'a']);
});

test("runs without a known start come last, in the API's order, page by page", async () => {
  const setUp = await setUpPasses();
  // Their ids sort otherwise than they came: run-10 is before run-9.
  const runIds = setUp.add(12, 'x');
  for (const runId of runIds) setUp.backend.expireEvents(runId);
  setUp.add(2, 'x');
  await setUp.pass();
  const reader = setUp.temp.mirror;
  const seen: string[] = [];
  let after: RunPosition | undefined;
  for (;;) {
    const [run] = findRuns(reader, { agentId: 'x' }, { limit: 1, after }).items;
    if (!run) break;
    seen.push(run.runId);
    after = [run.startedAt, run.runId];
  }
  expect(seen.slice(2)).toEqual(runIds.toReversed());
  expect(findRuns(reader, { agentId: 'x' }, { limit: 20 }).items.map(({ runId }) => runId)).toEqual(seen);
  // A run that went meanwhile: what follows it comes again, rather than never.
  expect(findRuns(reader, { agentId: 'x' }, { limit: 20, after: [null, 'gone'] }).items).toHaveLength(12);
});
