import fc from 'fast-check';
import { expect, test } from 'vitest';
import { percentAt, wholeScale } from '../../src/pictures/scale.ts';

test.each([
  [0, [0, 1]],
  [1, [0, 1]],
  [3, [0, 1, 2, 3]],
  [6, [0, 2, 4, 6]],
  [21, [0, 5, 10, 15, 20, 25]],
  [41, [0, 10, 20, 30, 40, 50]],
  [1234, [0, 500, 1000, 1500]],
])('an axis for counts up to %i', (most, ticks) => {
  expect(wholeScale(most)).toEqual({ max: ticks.at(-1), ticks });
});

test('any axis reaches its highest count in few equal steps of whole numbers', () => {
  fc.assert(
    fc.property(fc.nat(10_000_000), (most) => {
      const { max, ticks } = wholeScale(most);
      expect(max).toBeGreaterThanOrEqual(most);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(6);
      expect(ticks.every((tick) => Number.isInteger(tick))).toBe(true);
      expect(ticks.at(-1)).toBe(max);
    }),
  );
});

test('a position stays between the ends of its axis', () => {
  expect([-1, 0, 1, 3, 4].map((value) => percentAt(value, { max: 3 }))).toEqual([
    '0%',
    '0%',
    '33.333%',
    '100%',
    '100%',
  ]);
});
