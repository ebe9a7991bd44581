import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differenceInterval } from '../src/intervals.ts';

/** The examples of Newcombe's paper (table II, method 10), which subtracts the second share from the first. */
test.each([
  [56, 70, 48, 80, 0.0524, 0.3339],
  [9, 10, 3, 10, 0.1705, 0.809],
  [6, 7, 2, 7, 0.0582, 0.8062],
  [5, 56, 0, 29, -0.0381, 0.1926],
  [0, 10, 0, 20, -0.1611, 0.2775],
  [0, 10, 0, 10, -0.2775, 0.2775],
  [10, 10, 0, 20, 0.6791, 1],
  [10, 10, 0, 10, 0.6075, 1],
])('%d/%d against %d/%d', (hits, total, otherHits, otherTotal, low, high) => {
  const interval = differenceInterval({ hits: otherHits, total: otherTotal }, { hits, total });
  expect(interval.low).toBeCloseTo(low, 4);
  expect(interval.high).toBeCloseTo(high, 4);
});

const share = fc
  .integer({ min: 1, max: 500 })
  .chain((total) => fc.record({ hits: fc.nat(total), total: fc.constant(total) }));

test('the interval holds the difference, within -1 and 1, and turns around with the sides', () => {
  fc.assert(
    fc.property(share, share, (a, b) => {
      const { low, high } = differenceInterval(a, b);
      const difference = b.hits / b.total - a.hits / a.total;
      expect(low).toBeLessThanOrEqual(difference);
      expect(high).toBeGreaterThanOrEqual(difference);
      expect(low).toBeGreaterThanOrEqual(-1 - 1e-12);
      expect(high).toBeLessThanOrEqual(1 + 1e-12);
      const turned = differenceInterval(b, a);
      expect(turned.low).toBeCloseTo(-high, 12);
      expect(turned.high).toBeCloseTo(-low, 12);
    }),
  );
});
