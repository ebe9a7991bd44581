import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Reader } from '../../src/db/open.ts';
import { countRuns, findRuns } from '../../src/queries/runs.ts';
import { countSignals, findSignals } from '../../src/queries/signals.ts';
import { perSide } from '../../src/queries/similar-candidates.ts';
import { similarRuns } from '../../src/queries/similar-runs.ts';
import { bareSignal } from '../support/bare-signal.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror } from '../support/temp-mirror.ts';

const now = 1_780_000_000;
const types = ['TOOL_LOOP', 'COST_SPIKE', 'CONTEXT_BLOAT'] as const;

/** An event's type, and its tool. */
type Step = readonly [type: string, tool: string | null];

interface Made {
  agent: string;
  at: number;
  input: string | null;
  failures: readonly string[];
  steps: readonly Step[];
  /** Of a run that the API does not list any more. */
  isGone: boolean;
}

const step: fc.Arbitrary<Step> = fc.constantFrom<Step>(
  ['llm.called', null],
  ['llm.responded', null],
  ['tool.called', 'search'],
  ['tool.responded', 'search'],
  ['tool.called', 'mail'],
);

const made: fc.Arbitrary<Made> = fc.record({
  agent: fc.constantFrom('a', 'a', 'a', 'b'),
  at: fc.integer({ min: 0, max: 9 * 86_400 }).map((ago) => now - ago),
  input: fc.constantFrom(null, 'one', 'two'),
  failures: fc.subarray([...types], { maxLength: 2 }),
  steps: fc.oneof(fc.constant([]), fc.array(step, { minLength: 1, maxLength: 12 })),
  isGone: fc.constantFrom(false, false, false, true),
});

/** A mirror in which these runs are `r0`, `r1` and so on. */
function mirrorOf(runs: readonly Made[]): Reader {
  const { mirror, store } = createTempMirror(createFakeClock(now));
  const none = { agentVersion: null, exitReason: null, stepCount: 1, signalCount: null, hasSignals: null };
  const rest = { totalTokens: null, costUsd: null, extra: null, ...none };
  const event = { stepIndex: 0, timestamp: now, model: null, promptTokens: null, completionTokens: null };
  const more = { latencyMs: null, success: null, payload: '{}', parentRunId: null, extra: null };
  store.write(() => {
    let id = 0;
    for (const [n, { agent: agentId, at, input, failures, steps }] of runs.entries()) {
      const agent = store.agents.ensure(agentId);
      const row = { runId: `r${n}`, startedAt: at, completedAt: at + 1, ...rest };
      store.runs.put(row, undefined, { agent, pass: 1 });
      if (steps.length > 0) {
        const events = steps.map(([eventType, toolName], seq) => {
          return { ...event, ...more, eventType, toolName, inputHash: seq === 0 ? input : null };
        });
        store.runEvents.put(store.runs.putDetail(row, agent, now), events);
      }
      for (const failureType of failures) {
        id += 1;
        const signal = { ...bareSignal, id, runId: row.runId, failureType, severity: 'HIGH', detectedAt: at };
        store.signals.put(signal, undefined, { agent, pass: 1 });
      }
    }
  });
  for (const [n, { isGone }] of runs.entries())
    if (isGone) mirror.sqlite.prepare('update runs set gone_at = ? where run_id = ?').run(now, `r${n}`);
  return mirror;
}

const share = (one: readonly string[], other: readonly string[]) => {
  const all = [...new Set([...one, ...other])];
  return all.length === 0 ? 1 : all.filter((name) => one.includes(name) && other.includes(name)).length / all.length;
};

const toolsOf = ({ steps }: Made) => steps.flatMap(([, tool]) => tool ?? []);
const pairsOf = ({ steps }: Made) => steps.map(([type], n) => `${n === 0 ? '' : steps[n - 1]?.[0]} > ${type}`);

/** Takes what is shared away, one by one. */
function shared(one: readonly string[], other: readonly string[]): number {
  const left = [...other];
  return one.filter((pair) => left.includes(pair) && left.splice(left.indexOf(pair), 1)).length;
}

const inputOf = ({ input, steps }: Made) => (steps.length === 0 ? null : input);

function likeness(run: Made, other: Made): number {
  const parts = [share(run.failures, other.failures)];
  const known = other.steps.length > 0;
  if (run.steps.length > 0) {
    const [mine, theirs] = [pairsOf(run), pairsOf(other)];
    parts.push(known ? share(toolsOf(run), toolsOf(other)) : 0);
    parts.push(known ? (2 * shared(mine, theirs)) / (mine.length + theirs.length) : 0);
  }
  if (inputOf(run) !== null) parts.push(inputOf(run) === inputOf(other) ? 1 : 0);
  return parts.reduce((sum, part) => sum + part, 0) / parts.length;
}

/** All that a search finds: runs with its input, with a failure type of it, or with events. */
function recount(runs: readonly Made[], of: number) {
  const run = runs[of];
  if (!run) throw new Error('no such run');
  const others = runs.flatMap((other, n) =>
    n !== of && other.agent === run.agent && !other.isGone ? { other, n } : [],
  );
  const looked = others.filter(
    ({ other }) => other.steps.length > 0 || other.failures.some((type) => run.failures.includes(type)),
  );
  const ranked = looked
    .map(({ other, n }) => ({ runId: `r${n}`, other, like: likeness(run, other), apart: Math.abs(run.at - other.at) }))
    .filter(({ like }) => like > 0)
    .sort((a, b) => b.like - a.like || a.apart - b.apart || (a.runId < b.runId ? -1 : 1));
  const same = others.filter(({ other }) => inputOf(run) !== null && inputOf(other) === inputOf(run));
  return { ranked, lookedAt: looked.length, of: others.length, run, same };
}

describe('runs like one', () => {
  test('are what a plain comparison with each run gives, nearest first', () => {
    fc.assert(
      fc.property(fc.array(made, { minLength: 1, maxLength: 25, size: 'max' }), (runs) => {
        const reader = mirrorOf(runs);
        for (const n of [0, runs.length - 1]) {
          const { ranked, lookedAt, of, run, same } = recount(runs, n);
          const found = similarRuns(reader, `r${n}`, 50);
          expect([found.lookedAt, found.of, found.input]).toEqual([lookedAt, of, inputOf(run)]);
          for (const isFailed of [false, true]) {
            const wanted = ranked.filter(({ other }) => other.failures.length > 0 === isFailed);
            const told = found[isFailed ? 'failed' : 'clean'];
            expect(told.map(({ runId }) => runId)).toEqual(wanted.map(({ runId }) => runId));
            for (const [place, { likeness: like, failureTypes }] of told.entries()) {
              expect(like.whole).toBeCloseTo(wanted[place]?.like ?? -1, 10);
              expect(failureTypes).toEqual(wanted[place]?.other.failures.toSorted());
            }
          }
          const isOther = ({ failures }: Made) => failures.length > 0 !== run.failures.length > 0;
          const contrast = ranked.find(
            ({ other }) =>
              isOther(other) &&
              run.steps.length > 0 &&
              other.steps.length > 0 &&
              (inputOf(other) === (inputOf(run) ?? '') || share(toolsOf(run), toolsOf(other)) === 1),
          );
          expect(found.contrast).toBe(contrast?.runId ?? null);
          const failed = same.filter(({ other }) => other.failures.length > 0).length;
          expect(found.sameInput).toEqual(
            inputOf(run) === null ? null : expect.objectContaining({ failed, total: same.length, isAll: true }),
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  test('are looked for within bounds, nearest in time, however many there are', () => {
    const run: Made = {
      agent: 'a',
      at: now,
      input: 'one',
      failures: ['TOOL_LOOP'],
      steps: [['a', null]],
      isGone: false,
    };
    const many = Array.from({ length: 400 }, (_, n) => ({ ...run, at: now - n }));
    const reader = mirrorOf(many);
    const found = similarRuns(reader, 'r200', 50);
    expect(found.lookedAt).toBe(2 * perSide.input);
    expect(found.of).toBe(399);
    expect(found.sameInput).toMatchObject({ total: 2 * perSide.input, failed: 2 * perSide.input, isAll: false });
    const places = found.failed.map(({ runId }) => Number(runId.slice(1)));
    expect(places.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 51 }, (_, n) => 175 + n).filter((place) => place !== 200),
    );
    expect(found.clean).toEqual([]);
  });

  test('of a run that is not known there are none', () => {
    expect(similarRuns(mirrorOf([]), 'r0', 5)).toMatchObject({ clean: [], failed: [], lookedAt: 0, contrast: null });
  });
});

test('signals and runs by input are those of the runs that have it, with all other filters', () => {
  fc.assert(
    fc.property(
      fc.array(made, { maxLength: 30, size: 'max' }),
      fc.constantFrom(undefined, 'a', 'b'),
      fc.constantFrom(undefined, ...types),
      fc.constantFrom('one', 'nothing'),
      (runs, agentId, failureType, inputHash) => {
        const reader = mirrorOf(runs);
        const having = runs.flatMap((run, n) =>
          inputOf(run) === inputHash && !run.isGone ? { ...run, id: `r${n}` } : [],
        );
        const wanted = having
          .filter(({ agent }) => agentId === undefined || agent === agentId)
          .flatMap(({ id, failures }) =>
            failures.flatMap((type) => (failureType === undefined || type === failureType ? `${id} ${type}` : [])),
          );
        const filter = { agentId, failureType, inputHash, since: now - 99 * 86_400 };
        const { items, total } = findSignals(reader, filter, { limit: 500 });
        expect(items.map((signal) => `${signal.runId} ${signal.failureType}`).sort()).toEqual(wanted.sort());
        expect([total, countSignals(reader, filter)]).toEqual([wanted.length, wanted.length]);
        const times = items.map(({ detectedAt }) => detectedAt);
        expect(times).toEqual(times.toSorted((a, b) => b - a));
        const ofA = having.filter(({ agent }) => agent === 'a');
        const page = findRuns(reader, { agentId: 'a', inputHash }, { limit: 500 });
        expect(page.items.map(({ runId }) => runId)).toEqual(
          ofA.toSorted((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1)).map(({ id }) => id),
        );
        expect(page.total).toBe(ofA.length);
        expect(countRuns(reader, { agentId: 'a', inputHash })).toBe(ofA.length);
      },
    ),
    { numRuns: 60 },
  );
});
