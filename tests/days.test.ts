import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayOf, daySeconds, endOfDay, partsOf, startOfDay } from '../src/days.ts';

/** Moments at the edges of days, and others; before 1970 and after 9999 too. */
const moment = fc.oneof(
  fc.integer({ min: -2, max: 6 }).map((day) => day * daySeconds),
  fc.integer({ min: -2 * daySeconds, max: 6 * daySeconds }),
  fc.integer({ min: -daySeconds * 1000, max: 5 * daySeconds * 1000 }).map((ms) => ms / 1000),
  fc.constantFrom(-1e9, 253_402_300_799, 253_402_300_800, 1e15),
);
const end = fc.oneof({ arbitrary: moment, weight: 8 }, { arbitrary: fc.constant(Number.POSITIVE_INFINITY), weight: 1 });
const from = fc.oneof(
  { arbitrary: moment, weight: 8 },
  { arbitrary: fc.constant(Number.NEGATIVE_INFINITY), weight: 1 },
);

test('each moment of a window is in one of its parts, once, and no other moment is in any', () => {
  fc.assert(
    fc.property(from, end, fc.boolean(), fc.array(moment, { minLength: 1 }), (first, last, isEndOut, moments) => {
      const { firstDay, endDay, edges } = partsOf({ from: first, end: last, isEndOut });
      for (const at of [...moments, first, last].filter(Number.isFinite)) {
        const isIn = at >= first && (isEndOut ? at < last : at <= last);
        const inDays = dayOf(at) >= firstDay && dayOf(at) < endDay ? 1 : 0;
        const inEdges = edges.filter(({ from: start, to, except }) => at >= start && at <= to && at !== except).length;
        expect([at, inDays + inEdges]).toEqual([at, isIn ? 1 : 0]);
      }
    }),
    { numRuns: 2000 },
  );
});

test('a day begins where the one before ends, and holds its moments', () => {
  fc.assert(
    fc.property(moment, (at) => {
      const day = dayOf(at);
      expect(at >= startOfDay(day) && at < endOfDay(day)).toBe(true);
    }),
  );
});
