import { expect, test } from 'vitest';
import { worstDays } from '../../src/queries/failure-rates.ts';
import { agentPatterns } from '../../src/queries/patterns.ts';
import { typesEver } from '../../src/queries/type-counts.ts';
import { bareSignal } from '../support/bare-signal.ts';
import { setUpPasses } from '../support/passes.ts';
import { plainEvent } from '../support/stored-event.ts';

const day = 86_400;
/** 2026-05-28 20:26:40 UTC. */
const start = 1_780_000_000;

/** Ten runs a day over eight days, the first of each with a loop, the second with a loop and a spike today alone. */
async function eightDays() {
  const setUp = await setUpPasses();
  for (let ago = 7; ago >= 0; ago -= 1) {
    for (let n = 0; n < 10; n += 1) {
      const startedAt = start - ago * day - 600 + n;
      const loop = { failureType: 'TOOL_LOOP', severity: 'HIGH' as const, stepIndex: 1, detectedAt: startedAt + 20 };
      const spike = { failureType: 'COST_SPIKE', severity: 'LOW' as const, stepIndex: 2, detectedAt: startedAt + 21 };
      const signals = n === 0 ? [loop] : n === 1 && ago === 0 ? [loop, spike] : [];
      setUp.add(1, 'a', signals, { startedAt, completedAt: startedAt + 5 });
    }
  }
  await setUp.pass();
  return { ...setUp, reader: setUp.temp.mirror };
}

test('a type is systemic from a tenth of the runs of seven days on', async () => {
  const { reader } = await eightDays();
  const { types, dayNames, trends, rates } = agentPatterns(reader, 'a', { days: 7, end: start });
  expect(types).toEqual([
    {
      failureType: 'TOOL_LOOP',
      affectedRuns: 8,
      totalRuns: 70,
      rate: 8 / 70,
      isSystemic: true,
      firstSeen: start - 6 * day - 580,
      lastSeen: start - 579,
    },
    expect.objectContaining({ failureType: 'COST_SPIKE', affectedRuns: 1, isSystemic: false }),
  ]);
  expect(dayNames).toEqual(['22', '23', '24', '25', '26', '27', '28'].map((of) => `2026-05-${of}`));
  expect(trends).toEqual([
    { failureType: 'TOOL_LOOP', counts: [1, 1, 1, 1, 1, 1, 2], total: 8 },
    { failureType: 'COST_SPIKE', counts: [0, 0, 0, 0, 0, 0, 1], total: 1 },
  ]);
  expect(worstDays(rates)).toEqual([
    { failureType: 'TOOL_LOOP', day: '2026-05-28', affectedRuns: 2, totalRuns: 10, rate: 0.2 },
    { failureType: 'COST_SPIKE', day: '2026-05-28', affectedRuns: 1, totalRuns: 10, rate: 0.1 },
  ]);
});

test('failures by type count signals and distinct runs', async () => {
  const { reader } = await eightDays();
  expect(typesEver(reader, 'a')).toMatchObject([
    { failureType: 'TOOL_LOOP', signals: 9, affectedRuns: 9 },
    { failureType: 'COST_SPIKE', signals: 1, affectedRuns: 1 },
  ]);
});

test('an input counts that two or more runs had, whatever its rate', async () => {
  const { temp, clock } = await setUpPasses();
  const { mirror, store } = temp;
  const agent = store.agents.ensure('a');
  const setUpRun = (n: number, inputHash: string, failed: boolean) => {
    const runId = `r${n}`;
    const base = { runId, agentVersion: null, startedAt: clock.now() - 100, completedAt: clock.now() - 90 };
    const more = {
      exitReason: null,
      stepCount: 1,
      signalCount: null,
      hasSignals: failed,
      totalTokens: null,
      costUsd: null,
    };
    store.runs.put({ ...base, ...more, extra: null }, undefined, { agent, pass: 1 });
    const run = store.runs.putDetail({ ...base, ...more, extra: null }, agent, clock.now());
    store.runEvents.put(run, [{ ...plainEvent(clock.now()), inputHash }]);
    if (!failed) return;
    const signal = { ...bareSignal, id: n, runId, failureType: 'TOOL_LOOP', severity: 'HIGH', stepIndex: 1 };
    store.signals.put({ ...signal, detectedAt: clock.now() }, undefined, { agent, pass: 1 });
  };
  for (const [n, [hash, failed]] of (
    [
      ['half', true],
      ['half', false],
      ['third', true],
      ['third', false],
      ['third', false],
      ['once', true],
    ] as const
  ).entries())
    store.write(() => setUpRun(n + 1, hash, failed));
  expect(agentPatterns(mirror, 'a', { days: 7, end: clock.now() }).inputs).toEqual({
    patterns: [
      { inputHash: 'half', failureType: 'TOOL_LOOP', affectedRuns: 1, totalRuns: 2, rate: 0.5 },
      { inputHash: 'third', failureType: 'TOOL_LOOP', affectedRuns: 1, totalRuns: 3, rate: 1 / 3 },
    ],
    runsWithEvents: 6,
    runs: 6,
  });
});

test('times in milliseconds are on no day, and in no way of the others', async () => {
  const { add, pass, temp } = await setUpPasses();
  const ms = start * 1000;
  const loop = { failureType: 'TOOL_LOOP', severity: 'HIGH' as const, stepIndex: 1 };
  add(1, 'a', [{ ...loop, detectedAt: ms }], { startedAt: ms, completedAt: ms + 5 });
  add(1, 'a', [{ ...loop, detectedAt: start }], { startedAt: start - 60, completedAt: start - 50 });
  await pass();
  const { rates, types } = agentPatterns(temp.mirror, 'a', { days: 7, end: start });
  expect(types).toMatchObject([{ affectedRuns: 1, totalRuns: 1 }]);
  expect(rates).toEqual([{ failureType: 'TOOL_LOOP', day: '2026-05-28', affectedRuns: 1, totalRuns: 1, rate: 1 }]);
});
