import { expect, test } from 'vitest';
import { differenceInterval, wilsonInterval } from '../src/intervals.ts';

test.each([
  // R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), table I.
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])("Wilson's interval of %i of %i", (hits, total, low, high) => {
  const interval = wilsonInterval({ hits, total });
  expect(interval.low).toBeCloseTo(low, 4);
  expect(interval.high).toBeCloseTo(high, 4);
});

test.each([
  // R. G. Newcombe, Interval estimation for the difference between independent proportions (1998), table II, method 10.
  [56, 70, 48, 80, 0.0524, 0.3339],
  [9, 10, 3, 10, 0.1705, 0.809],
  [6, 7, 2, 7, 0.0582, 0.8062],
  [5, 56, 0, 29, -0.0381, 0.1926],
  [0, 10, 0, 20, -0.1611, 0.2775],
  [0, 10, 0, 10, -0.2775, 0.2775],
  [10, 10, 0, 20, 0.6791, 1],
  [10, 10, 0, 10, 0.6075, 1],
])('the interval of %i/%i - %i/%i', (a, m, b, n, low, high) => {
  const [one, other] = [
    { hits: a, total: m },
    { hits: b, total: n },
  ];
  const interval = differenceInterval(other, one);
  expect(interval.low).toBeCloseTo(low, 4);
  expect(interval.high).toBeCloseTo(high, 4);
  // The other way around it is the mirror image.
  const back = differenceInterval(one, other);
  expect(back.low).toBeCloseTo(-high, 4);
  expect(back.high).toBeCloseTo(-low, 4);
});
