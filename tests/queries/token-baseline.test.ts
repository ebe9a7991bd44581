import { expect, test } from 'vitest';
import { aMonthOf, baselineOf, excessOf, preventedBy, type Usage } from '../../src/queries/token-baseline.ts';

const run = (tokens: number, more: Partial<Usage> = {}): Usage => ({
  version: 1,
  tokens,
  cost: tokens / 1000,
  failed: false,
  stopped: false,
  ...more,
});

test('a baseline is that of the version, else of the agent, else of all runs, each from three runs on', () => {
  const clean = [100, 200, 300, 400].map((tokens) => run(tokens));
  const other = [1000, 2000].map((tokens) => run(tokens, { version: 2 }));
  const baseline = baselineOf([...clean, ...other, run(9000, { failed: true })]);
  expect(baseline.of({ version: 1 })).toBe(325);
  // Two clean runs of version 2 are too few: all six of the agent count.
  expect(baseline.of({ version: 2 })).toBe(850);
  expect(baseline.tokens).toBe(850);
  const failed = [100, 300, 800].map((tokens) => run(tokens, { failed: true }));
  expect(baselineOf(failed).tokens).toBe(300);
  expect(baselineOf(failed.slice(1)).tokens).toBeNull();
});

test('excess is what failed runs took above the baseline, in whole tokens, at the rate of the run', () => {
  const baseline = baselineOf([100, 200, 300, 400].map((tokens) => run(tokens)));
  expect(excessOf(run(1000, { failed: true }), baseline)).toEqual({ tokens: 675, cost: 0.675 });
  expect(excessOf(run(325.5, { failed: true, cost: null }), baseline)).toEqual({ tokens: 0, cost: null });
  expect(excessOf(run(1000), baseline)).toEqual({ tokens: 0, cost: 0 });
  expect(excessOf(run(10, { failed: true }), baseline)).toEqual({ tokens: 0, cost: 0 });
  expect(excessOf(run(1000, { failed: true }), baselineOf([]))).toEqual({ tokens: 0, cost: 0 });
});

test('prevented is what stopped runs did not take of it', () => {
  const baseline = baselineOf([100, 200, 300, 400].map((tokens) => run(tokens)));
  expect(preventedBy(run(25, { stopped: true }), baseline)).toEqual({ tokens: 300, cost: 0.3 });
  expect(preventedBy(run(0, { stopped: true }), baseline)).toEqual({ tokens: 325, cost: 0 });
  expect(preventedBy(run(25), baseline)).toEqual({ tokens: 0, cost: 0 });
  expect(preventedBy(run(500, { stopped: true }), baseline)).toEqual({ tokens: 0, cost: 0 });
});

test.each([
  [1, 100 * 10],
  [5, 100 * 6],
  [30, (100 * 30) / 7],
])('a week with runs since %d days comes to %d a month', (days, month) => {
  expect(aMonthOf(100, 50 * 86_400 - days * 86_400, 50 * 86_400)).toBeCloseTo(month);
});
