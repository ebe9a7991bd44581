import { expect, test } from 'vitest';
import { roundHalfEven } from '../../src/queries/rounding.ts';

// What Python's round() says.
test.each([
  [0.5, 0, 0],
  [1.5, 0, 2],
  [2.5, 0, 2],
  [-2.5, 0, -2],
  [12.5, 0, 12],
  [18.75, 1, 18.8],
  [31.25, 1, 31.2],
  [0.0625, 3, 0.062],
  // A little less than its half, and a little more.
  [2.675, 2, 2.67],
  [1.005, 2, 1],
  [0.285, 2, 0.28],
  [99.99, 1, 100],
  [0, 1, 0],
  [1e22, 0, 1e22],
  [Number.POSITIVE_INFINITY, 2, Number.POSITIVE_INFINITY],
])('%d to %i decimals is %d', (value, digits, expected) => {
  expect(roundHalfEven(value, digits)).toBe(expected);
});
