import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadScore, percentile75, rateScore } from '../../src/queries/health-formulas.ts';

test.each([
  [0, 3, 40, 40],
  [3, 3, 40, 0],
  [5, 6, 40, 7],
  [1, 80, 25, 25],
  [1, 2, 25, 12],
  [3, 16, 40, 32],
  [1, 16, 40, 38],
])('%i of %i runs of %i points leave %i', (affected, total, max, score) => {
  expect(rateScore(affected, total, max)).toBe(score);
});

test.each([
  ['tokens', null, null, 15],
  ['tokens', null, 100, 15],
  ['tokens', 0, null, 20],
  ['tokens', 500, null, 20],
  ['tokens', 2250, null, 10],
  ['tokens', 4000, null, 0],
  ['tokens', 1_000_000, null, 0],
  ['tokens', 0, 100, 20],
  ['tokens', 150, 100, 20],
  ['tokens', 275, 100, 10],
  ['tokens', 400, 100, 0],
  ['tokens', 401, 100, 0],
  ['latency', null, null, 10],
  ['latency', 1000, null, 15],
  ['latency', 3100, null, 10],
  ['latency', 8000, null, 0],
  ['latency', 3000, 2000, 15],
  ['latency', 5500, 2000, 8],
  ['latency', 8000, 2000, 0],
] as const)('%s of %s against a baseline of %s are %i points', (load, mean, baseline, score) => {
  expect(loadScore(load, mean, baseline)).toBe(score);
});

test('more load never scores higher', () => {
  const load = fc.double({ min: 0, max: 20_000, noNaN: true });
  const base = fc.option(fc.double({ min: 0.01, max: 10_000, noNaN: true }), { nil: null });
  fc.assert(
    fc.property(fc.constantFrom('tokens' as const, 'latency' as const), load, load, base, (of, a, b, baseline) => {
      const [less, more] = a < b ? [a, b] : [b, a];
      expect(loadScore(of, less, baseline)).toBeGreaterThanOrEqual(loadScore(of, more, baseline));
    }),
  );
});

test.each([
  [[7], 7],
  [[1, 2], 1.75],
  [[4, 1, 3, 2, 5], 4],
  [[10, 40, 20, 30], 32.5],
])('the third quartile of %j is %d', (values, expected) => {
  expect(percentile75(values)).toBe(expected);
});
