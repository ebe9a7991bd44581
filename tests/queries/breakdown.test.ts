import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Reader } from '../../src/db/open.ts';
import { wilsonInterval } from '../../src/intervals.ts';
import { keptContent } from '../../src/lists/content.ts';
import { eventRow } from '../../src/lists/run-detail.ts';
import { breakdown } from '../../src/queries/breakdown.ts';
import { type Dimension, dimensions, formulas, type Measure, measures } from '../../src/queries/breakdown-kinds.ts';
import type { CostOf } from '../../src/queries/token-stats.ts';
import { bareSignal } from '../support/bare-signal.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror } from '../support/temp-mirror.ts';

/** Breakdowns of random runs against a plain recount of what was put into the mirror. */

const now = 1_780_000_000;
const day = 86_400;
const types = ['TOOL_LOOP', 'COST_SPIKE', 'CONTEXT_BLOAT'] as const;

const tokens = fc.option(fc.nat(500), { nil: undefined, freq: 1 });
const call = fc.record({
  model: fc.constantFrom('gpt-4o', 'gpt-4o-mini', 'own-model', undefined),
  called: tokens,
  responded: tokens,
  completion: tokens,
  reasoning: fc.constantFrom(undefined, undefined, 7),
});
const use = fc.record({
  tool: fc.constantFrom('search', 'mail'),
  success: fc.constantFrom(true, true, false, undefined),
  isAnswered: fc.boolean(),
});

const made = fc.record({
  agent: fc.constantFrom('a', 'a', 'b'),
  at: fc.oneof(fc.integer({ min: -100, max: day }), fc.integer({ min: -100, max: 9 * day })).map((ago) => now - ago),
  version: fc.constantFrom('v1', 'v2', null),
  failures: fc.subarray([...types], { maxLength: 2 }),
  totalTokens: fc.option(fc.nat(2000), { nil: null }),
  costUsd: fc.option(
    fc.nat(100).map((cents) => cents / 100),
    { nil: null },
  ),
  /** undefined: its events are not mirrored. */
  events: fc.option(
    fc.record({
      input: fc.constantFrom(undefined, 'one', 'two'),
      calls: fc.array(call, { maxLength: 3 }),
      uses: fc.array(use, { maxLength: 3 }),
    }),
    { nil: undefined, freq: 4 },
  ),
  isGone: fc.constantFrom(false, false, false, true),
});

type Made = typeof made extends fc.Arbitrary<infer Value> ? Value : never;
type Call = Made extends { events?: infer Events } ? NonNullable<Events> : never;
type ModelCall = Call extends { calls: (infer One)[] } ? One : never;

const prices: Record<string, number> = { 'gpt-4o': 3, 'gpt-4o-mini': 1 };
const costOf: CostOf = (model, prompt, completion) => {
  const price = model === null ? undefined : prices[model];
  return price === undefined ? undefined : price * (prompt + 2 * completion);
};

const told = (payload: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));

function rowsOf({ input, calls, uses }: Call) {
  const events: [string, Record<string, unknown>][] = [
    ['run.started', { input_hash: input }],
    ...calls.flatMap((one): [string, Record<string, unknown>][] => [
      ['llm.called', { model: one.model, prompt_tokens: one.called }],
      [
        'llm.responded',
        { prompt_tokens: one.responded, completion_tokens: one.completion, reasoning_tokens: one.reasoning },
      ],
    ]),
    ...uses.flatMap(({ tool, success, isAnswered }): [string, Record<string, unknown>][] => [
      ['tool.called', { tool_name: tool }],
      ...(isAnswered ? [['tool.responded', { tool_name: tool, success }] satisfies [string, object]] : []),
    ]),
  ];
  return events.map(([event_type, payload]) =>
    eventRow(
      {
        row: { event_type, step_index: 0, timestamp: now, payload: told(payload), parent_run_id: null },
        extra: null,
      },
      keptContent,
    ),
  );
}

function mirrorOf(runs: readonly Made[]): Reader {
  const { mirror, store } = createTempMirror(createFakeClock(now));
  const none = { exitReason: null, stepCount: 1, signalCount: null, hasSignals: null, extra: null };
  const counts = { runCount: 0, signalCount: 0, criticalCount: 0, highCount: 0, sparkline: '[]', failureTypes: '{}' };
  store.write(() => {
    for (const agentId of ['a', 'b']) store.agents.put({ agentId, lastSeen: now, extra: null, ...counts }, 1);
    let id = 0;
    for (const [n, { agent: agentId, at, version, failures, totalTokens, costUsd, events, isGone }] of runs.entries()) {
      const agent = store.agents.ensure(agentId);
      const times = { startedAt: at, completedAt: at + 1 };
      const row = { runId: `r${n}`, ...times, agentVersion: version, totalTokens, costUsd, ...none };
      // One that no list has shown counts nowhere.
      if (!isGone) store.runs.put(row, undefined, { agent, pass: 1 });
      if (events) store.runEvents.put(store.runs.putDetail(row, agent, now), rowsOf(events));
      for (const failureType of failures) {
        id += 1;
        const signal = { ...bareSignal, id, runId: row.runId, failureType, severity: 'HIGH', detectedAt: at + 9 };
        store.signals.put(signal, undefined, { agent, pass: 1 });
      }
    }
  });
  return mirror;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const given = (values: readonly (number | undefined)[]) => values.flatMap((value) => value ?? []);
const countsTokens = ({ called, responded, completion }: ModelCall) =>
  given([called, responded, completion]).length > 0;

/** A run's prompt tokens are those of its answers, or where these come to 0, of its calls. */
function sideOf({ events }: Made): 'called' | 'responded' {
  return sum(given((events?.calls ?? []).map(({ responded }) => responded))) === 0 ? 'called' : 'responded';
}

function tokensOf(run: Made): number | undefined {
  const calls = run.events?.calls ?? [];
  const side = sideOf(run);
  if (calls.some(countsTokens)) return sum(calls.flatMap((one) => given([one[side], one.completion, one.reasoning])));
  if (run.totalTokens !== null) return run.totalTokens;
  return run.events && calls.length === 0 ? 0 : undefined;
}

const byModel = (run: Made) => Map.groupBy(run.events?.calls ?? [], ({ model }) => model ?? null);

/** What the calls of one model cost, as far as they count tokens. */
function costAt(run: Made, model: string | null, calls: readonly ModelCall[]): number | undefined {
  if (!calls.some(countsTokens)) return undefined;
  return costOf(
    model,
    sum(given(calls.map((one) => one[sideOf(run)]))),
    sum(given(calls.map(({ completion }) => completion))),
  );
}

function costOfRun(run: Made): number | undefined {
  if (run.costUsd !== null) return run.costUsd;
  const calls = run.events?.calls ?? [];
  if (run.events && calls.length === 0 && run.totalTokens === null) return 0;
  if (!calls.some(countsTokens)) return undefined;
  const models = [...byModel(run)].filter(([, some]) => some.some(countsTokens));
  const costs = models.map(([model, some]) => costAt(run, model, some));
  const isPriced = costs.every((cost) => cost !== undefined);
  const cost = sum(given(costs));
  return isPriced || cost > 0 ? cost : undefined;
}

type Values = { value: number; of: number; known: number };
type Value = [name: string | null, value: number | undefined];

/** The groups that a run is in, with what it counts for in each. */
function valuesOf(run: Made, by: Dimension, of: Measure): Value[] {
  const whole = { runs: 1, failures: run.failures.length > 0 ? 1 : 0, tokens: tokensOf(run), cost: costOfRun(run) }[of];
  if (by === 'hour') return [[`${new Date(run.at * 1000).toISOString().slice(11, 13)}:00`, whole]];
  if (by === 'version') return [[run.version, whole]];
  if (by === 'failure_type') return run.failures.map((type) => [type, whole]);
  if (by === 'input') return run.events?.input === undefined ? [] : [[run.events.input, whole]];
  if (by === 'tool') return [...new Set(run.events?.uses.map(({ tool }) => tool))].map((tool) => [tool, whole]);
  return [...byModel(run)].map(([model, calls]): Value => {
    if (of === 'runs' || of === 'failures') return [model, whole];
    if (of === 'cost' && run.costUsd !== null && byModel(run).size === 1) return [model, run.costUsd];
    if (!calls.some(countsTokens)) return [model, undefined];
    if (of === 'cost') return [model, costAt(run, model, calls)];
    const side = sideOf(run);
    return [model, sum(calls.flatMap((one) => given([one[side], one.completion, one.reasoning])))];
  });
}

function toolFailures(runs: readonly Made[]): Map<string, Values> {
  const groups = new Map<string, Values>();
  for (const { tool, success, isAnswered } of runs.flatMap(({ events }) => events?.uses ?? [])) {
    const known = groups.get(tool) ?? { value: 0, of: 0, known: 0 };
    const isTold = isAnswered && success !== undefined ? 1 : 0;
    groups.set(tool, {
      value: known.value + (isTold && success === false ? 1 : 0),
      of: known.of + isTold,
      known: known.known + isTold,
    });
  }
  return groups;
}

function recount(runs: readonly Made[], by: Dimension, of: Measure, isFleet: boolean): Map<string, Values> {
  const groups = new Map<string, Values>();
  const add = (key: string, value: number | undefined) => {
    const known = groups.get(key) ?? { value: 0, of: 0, known: 0 };
    groups.set(key, {
      value: known.value + (value ?? 0),
      of: known.of + 1,
      known: known.known + (value === undefined ? 0 : 1),
    });
  };
  for (const run of runs)
    for (const [name, value] of valuesOf(run, by, of))
      add(JSON.stringify([name, by === 'version' && isFleet ? run.agent : null]), value);
  if (by === 'failure_type' && of === 'failures')
    for (const group of groups.values()) Object.assign(group, { of: runs.length, known: runs.length });
  return groups;
}

const near = (value: number) => expect.closeTo(value, 6);

test('every breakdown is what a plain recount gives, of one agent and of all', () => {
  const windows = fc.constantFrom(3600, day, 2 * day + 4321, 30 * day);
  fc.assert(
    fc.property(fc.array(made, { maxLength: 25, size: 'max' }), windows, (all, length) => {
      const reader = mirrorOf(all);
      const window = { from: now - length, end: now };
      for (const agentId of [undefined, 'a']) {
        const runs = all.filter(
          ({ agent, at, isGone }) =>
            !isGone && (agentId === undefined || agent === agentId) && at >= window.from && at <= now,
        );
        for (const by of dimensions) {
          for (const of of measures) {
            if (formulas[by][of] === undefined) continue;
            const found = breakdown(reader, { by, of, agentId, window, costOf });
            const isToolFailures = by === 'tool' && of === 'failures';
            const wanted = isToolFailures
              ? new Map([...toolFailures(runs)].map(([tool, values]) => [JSON.stringify([tool, null]), values]))
              : recount(runs, by, of, agentId === undefined);
            const about = `${of} by ${by} of ${agentId}`;
            const told = found.groups.map(({ name, agentId: owner, value, of: total, known }) => [
              JSON.stringify([name, owner]),
              { value, of: total, known },
            ]);
            expect(new Map(told.map(([key, values]) => [key, values])), about).toEqual(
              new Map(
                [...wanted].map(([key, { value, of: total, known }]) => [
                  key,
                  { value: known === 0 && total > 0 ? null : near(value), of: total, known },
                ]),
              ),
            );
            const values = found.groups.map(({ value }) => value ?? -1);
            expect(values).toEqual(values.toSorted((a, b) => b - a));
            for (const { value, of: total, interval } of found.groups)
              expect(interval).toEqual(
                of === 'failures' && total > 0 ? wilsonInterval({ hits: value ?? 0, total }) : null,
              );
            const withEvents = runs.filter(({ events }) => events !== undefined).length;
            expect([found.runs, found.withEvents]).toEqual([runs.length, withEvents]);
            if (!isToolFailures) {
              const ofRuns = (some: readonly Made[]) => {
                const known = some.map((run) => valuesOf({ ...run, version: 'v1' }, 'version', of)[0]?.[1]);
                const isUnknown = some.length > 0 && given(known).length === 0;
                return {
                  value: isUnknown ? null : near(sum(given(known))),
                  of: some.length,
                  known: given(known).length,
                };
              };
              expect(found.all).toMatchObject(ofRuns(runs));
              const isOfFailed = by === 'failure_type' && of !== 'failures';
              const failed = runs.filter(({ failures }) => failures.length > 0);
              if (isOfFailed) expect(found.failed).toMatchObject(ofRuns(failed));
              else expect(found.failed).toBeNull();
            }
          }
        }
      }
    }),
    { numRuns: 40 },
  );
});

test('an empty mirror has no groups, whatever is asked', () => {
  const reader = mirrorOf([]);
  for (const by of dimensions)
    for (const of of measures)
      expect(breakdown(reader, { by, of, agentId: undefined, window: { from: 0, end: now }, costOf })).toMatchObject({
        groups: [],
        all: { value: 0, of: 0, interval: null },
        runs: 0,
        withEvents: 0,
      });
});
