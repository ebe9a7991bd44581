import fc from 'fast-check';
import { expect, test } from 'vitest';
import { revisionOf } from '../../src/db/remembered.ts';
import type { Store } from '../../src/mirror/store.ts';
import { bareSignal } from '../support/bare-signal.ts';
import { cases } from '../support/effort.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { wrongDays } from '../support/recount.ts';
import { createTempMirror } from '../support/temp-mirror.ts';

/** Whatever the stores do to rows, the days are what a recount finds, and the revision moves when what is shown does. */

const day = 86_400;
const agents = ['a', 'b'];
const runId = fc.constantFrom('r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6');
const agent = fc.constantFrom(0, 0, 1);
const version = fc.constantFrom(null, 'v1', 'v2');
const time = fc.oneof(
  fc.integer({ min: 0, max: 4 * 24 }).map((hours) => 1000 * day + hours * 3600 - (hours % 2) * 0.5),
  fc.constantFrom(-5, 0, 1e300),
);
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { freq: 4, nil: null });
const type = fc.constantFrom('TOOL_LOOP', 'CONTEXT_BLOAT', 'COST_SPIKE');
const severity = fc.constantFrom('HIGH', 'LOW');

const change = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('run' as const),
      agent,
      runId,
      version,
      startedAt: maybe(time),
      completedAt: maybe(time),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('signal' as const),
      agent,
      runId,
      id: fc.integer({ min: 1, max: 20 }),
      type,
      severity,
      version,
      at: time,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('events' as const),
      agent,
      runId,
      startedAt: maybe(time),
      isLater: fc.boolean(),
      tokens: fc.array(maybe(fc.nat(50)), { maxLength: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('mark unseen' as const, 'remove unseen' as const, 'mark below' as const),
      agent,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove old' as const), agent, before: time }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('mark all' as const) }) },
);
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

const transactions = fc.array(
  fc.record({ changes: fc.array(change, { maxLength: 10 }), fails: fc.constantFrom(false, false, false, true) }),
  { maxLength: 12, size: 'max' },
);

const restOfRun = { exitReason: null, stepCount: 1, signalCount: null, hasSignals: null, totalTokens: null };

function listRun(store: Store, made: Extract<Change, { do: 'run' }>, number: number, pass: number): void {
  const { runId: id, version: agentVersion, startedAt, completedAt } = made;
  const row = { ...restOfRun, runId: id, agentVersion, startedAt, completedAt, costUsd: null, extra: null };
  const known = store.runs.lookup([id]).get(id);
  store.runs.put(row, known, { agent: number, pass, place: 100 - pass });
}

function listSignal(store: Store, made: Extract<Change, { do: 'signal' }>, number: number, pass: number): void {
  const { id, runId: run, type: failureType, severity: grade, version: agentVersion, at: detectedAt } = made;
  const row = { ...bareSignal, id, runId: run, failureType, severity: grade, agentVersion, detectedAt };
  const known = store.signals.lookup([row]).get(id);
  store.signals.put(row, known, { agent: number, pass });
}

function storeEvents(store: Store, made: Extract<Change, { do: 'events' }>, number: number): void {
  const { runId: id, startedAt, tokens, isLater } = made;
  const detail = { ...restOfRun, runId: id, agentVersion: null, startedAt, completedAt: startedAt, costUsd: null };
  // A detail that came before, and now has more events.
  const known = isLater ? store.runs.lookup([id]).get(id)?.row.id : undefined;
  const run = known ?? store.runs.putDetail({ ...detail, extra: null }, number, 5);
  const event = { stepIndex: 1, timestamp: 1, completionTokens: null, latencyMs: 3, toolName: null, success: null };
  store.runEvents.put(
    run,
    tokens.map((promptTokens) => ({
      ...event,
      eventType: 'llm.called',
      model: 'm',
      promptTokens,
      inputHash: null,
      payload: '{}',
      parentRunId: null,
      extra: null,
    })),
  );
}

function perform(store: Store, numbers: readonly number[], made: Change, pass: number): void {
  if (made.do === 'mark all') {
    store.runs.markAll(7);
    store.signals.markAll(7);
    return;
  }
  const number = numbers[made.agent] ?? 0;
  if (made.do === 'run') listRun(store, made, number, pass);
  else if (made.do === 'signal') listSignal(store, made, number, pass);
  else if (made.do === 'events') storeEvents(store, made, number);
  else if (made.do === 'remove old') {
    store.signals.removeOld(number, made.before, 3);
    store.runs.removeOld(number, made.before, 3);
  } else if (made.do === 'mark below') store.runs.order?.markBelow(number, 95, 7, 0);
  else
    for (const rows of [store.signals, store.runs])
      if (made.do === 'mark unseen') rows.markUnseen(number, pass - 2, 7, 0);
      else rows.removeUnseen(number, pass - 2);
}

test('after each transaction the days are what a recount finds', () => {
  let counted = 0;
  fc.assert(
    fc.property(transactions, (all) => {
      const temp = createTempMirror(createFakeClock(0));
      const { store, mirror } = temp;
      const shown = () =>
        JSON.stringify(
          ['v_agents', 'v_runs', 'v_signals', 'v_run_events'].map((view) =>
            mirror.sqlite.prepare(`select * from ${view}`).all(),
          ),
        );
      const numbers = store.write(() => agents.map((id) => store.agents.ensure(id)));
      for (const [index, { changes, fails }] of all.entries()) {
        const before = { shown: shown(), revision: revisionOf(mirror) };
        const work = () => {
          for (const made of changes) perform(store, numbers, made, index + 1);
          if (fails) throw new Error('rolled back');
        };
        if (fails) expect(() => store.write(work)).toThrow('rolled back');
        else store.write(work);
        expect(wrongDays(mirror.sqlite)).toEqual([]);
        if (shown() !== before.shown) expect(revisionOf(mirror)).toBeGreaterThan(before.revision);
        if (fails) expect(revisionOf(mirror)).toBe(before.revision);
        counted += mirror.sqlite.prepare<[], number>('select count(*) from run_days').pluck().get() ?? 0;
      }
      temp.dispose();
    }),
    { seed: 20_260_513, numRuns: cases({ short: 40, long: 300 }) },
  );
  expect(counted).toBeGreaterThan(700);
});

test('a poll at which nothing changed leaves the revision as it is', () => {
  const { store, mirror } = createTempMirror(createFakeClock(0));
  const number = store.write(() => store.agents.ensure('a'));
  const list = (pass: number) =>
    store.write(() => {
      const run = { do: 'run', agent: 0, runId: 'r0', version: 'v1', startedAt: 5, completedAt: 6 } as const;
      listRun(store, run, number, pass);
      const signal = { do: 'signal', agent: 0, runId: 'r0', id: 1, type: 'TOOL_LOOP', severity: 'HIGH' } as const;
      listSignal(store, { ...signal, version: 'v1', at: 7 }, number, pass);
      const told = { lastSeen: 7, runCount: 1, signalCount: 1, criticalCount: 0, highCount: 1 };
      store.agents.put({ agentId: 'a', ...told, sparkline: '[]', failureTypes: '{}', extra: null }, pass);
    });
  list(1);
  const revision = revisionOf(mirror);
  list(2);
  expect(revisionOf(mirror)).toBe(revision);
});

test('the recount sees a day that is wrong', () => {
  const { store, mirror } = createTempMirror(createFakeClock(0));
  store.write(() => {
    const number = store.agents.ensure('a');
    listRun(store, { do: 'run', agent: 0, runId: 'r0', version: 'v1', startedAt: 5, completedAt: 6 }, number, 1);
    const signal = { do: 'signal', agent: 0, runId: 'r0', id: 1, type: 'TOOL_LOOP', severity: 'HIGH' } as const;
    listSignal(store, { ...signal, version: 'v1', at: 7 }, number, 1);
  });
  expect(wrongDays(mirror.sqlite)).toEqual([]);
  for (const wrong of [
    'update run_days set runs = runs + 1 where what = -2',
    'delete from run_days where what = -1',
    'update signal_days set runs = 0',
    'insert into signal_days values (1, 1, 1, 1, 1, 1, 1)',
  ]) {
    mirror.sqlite.exec(`begin; ${wrong}`);
    expect(wrongDays(mirror.sqlite)).toHaveLength(1);
    mirror.sqlite.exec('rollback');
  }
});
