import { expect, test } from 'vitest';
import { inputPatterns } from '../../src/queries/input-patterns.ts';
import { seededRandom } from '../../src/sample/random.ts';
import { bareSignal } from '../support/bare-signal.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror } from '../support/temp-mirror.ts';

const day = 86_400;
const now = 1_780_000_000;
const types = ['TOOL_LOOP', 'COST_SPIKE', 'CONTEXT_BLOAT'] as const;

interface Made {
  input: string;
  at: number;
  failures: readonly string[];
}

const inputs = 700;

/** Runs of many inputs over 40 days: most inputs come a few times, some often. */
function makeRuns(): Made[] {
  const random = seededRandom(20_260_513);
  return Array.from({ length: 2500 }, () => {
    const input = `input-${Math.floor(inputs * random.next() ** 2)}`;
    const isBad = Number(input.slice(6)) % 3 === 0;
    const failures = types.filter((_, place) => random.chance(isBad ? 0.7 - 0.2 * place : 0.2));
    return { input, at: now - random.next() * 40 * day, failures };
  });
}

function mirrorOf(made: readonly Made[]) {
  const { mirror, store } = createTempMirror(createFakeClock(now));
  const none = { agentVersion: null, exitReason: null, stepCount: 1, signalCount: null, hasSignals: null };
  const event = { eventType: 'run.started', stepIndex: 0, timestamp: now, model: null, promptTokens: null };
  const rest = { completionTokens: null, latencyMs: null, toolName: null, success: null, payload: '{}' };
  store.write(() => {
    const agent = store.agents.ensure('a');
    let id = 0;
    for (const [n, { input, at, failures }] of made.entries()) {
      const row = { runId: `r${n}`, startedAt: at, completedAt: at + 1, ...none };
      store.runs.put({ ...row, totalTokens: null, costUsd: null, extra: null }, undefined, { agent, pass: 1 });
      const run = store.runs.ensure(row.runId, agent);
      store.runEvents.put(run, [{ ...event, ...rest, inputHash: input, parentRunId: null, extra: null }]);
      for (const failureType of failures) {
        id += 1;
        const signal = { ...bareSignal, id, runId: row.runId, failureType, severity: 'HIGH', detectedAt: at };
        store.signals.put(signal, undefined, { agent, pass: 1 });
      }
    }
  });
  return mirror;
}

const hundredths = ({ rate }: { rate: number }) => Math.round(rate * 100);

/** A plain recount: all inputs that several runs had, the highest rates first. */
function recount(made: readonly Made[]) {
  const found = [...new Set(made.map(({ input }) => input))].flatMap((input) => {
    const runs = made.filter((run) => run.input === input);
    return types.map((failureType) => {
      const affectedRuns = runs.filter(({ failures }) => failures.includes(failureType)).length;
      return { inputHash: input, failureType, affectedRuns, totalRuns: runs.length, rate: affectedRuns / runs.length };
    });
  });
  const patterns = found.filter(({ totalRuns, affectedRuns }) => totalRuns > 1 && affectedRuns > 0);
  return patterns.sort(
    (a, b) =>
      hundredths(b) - hundredths(a) ||
      b.affectedRuns - a.affectedRuns ||
      a.inputHash.localeCompare(b.inputHash) ||
      a.failureType.localeCompare(b.failureType),
  );
}

test.each([2500, 400, 40, 1])(
  'of the inputs of %i runs those are found that trigger failures most often, at any time',
  (count) => {
    const made = makeRuns().slice(0, count);
    const mirror = mirrorOf(made);
    const { patterns, runs, runsWithEvents } = inputPatterns(mirror, 'a');
    expect(patterns).toEqual(recount(made).slice(0, 20));
    expect([runs, runsWithEvents]).toEqual([count, count]);
  },
);
