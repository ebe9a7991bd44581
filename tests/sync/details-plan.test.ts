import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs, baselineDays, baselineMissing, paceOf } from '../../src/sync/details-plan.ts';

const day = 86_400;
const now = 1_780_000_000;

test('the baseline is made of the UTC days from 90 to 30 days ago, the parts of days at its ends too', () => {
  const days = baselineDays(now);
  expect(days).toHaveLength(61);
  expect(baselineDays(20_000 * day)).toHaveLength(60);
  expect(days[0]?.from).toBe(now - 90 * day);
  expect(days.at(-1)?.until).toBe(now - 30 * day);
  for (const [index, { from, until }] of days.entries()) {
    expect(until).toBeGreaterThan(from);
    if (index > 0) expect([from % day, from]).toEqual([0, days[index - 1]?.until]);
  }
});

const runs = (prefix: string, count: number, hasDetail = false) =>
  Array.from({ length: count }, (_, index) => ({ runId: `${prefix}${index}`, hasDetail }));

test('the baseline takes from each day in turn', () => {
  expect(baselineMissing([runs('a', 3), [], runs('b', 1), runs('c', 9)], 6)).toEqual([
    'a0',
    'b0',
    'c0',
    'a1',
    'c1',
    'a2',
  ]);
  expect(baselineMissing([runs('a', 2), runs('b', 1)])).toEqual(['a0', 'b0', 'a1']);
  expect(baselineMissing([])).toEqual([]);
});

test('runs that have their detail count, and are not fetched again', () => {
  expect(baselineMissing([runs('a', 2, true), runs('b', 9)], 4)).toEqual(['b0', 'b1']);
  expect(baselineMissing([runs('a', 60, true)])).toEqual([]);
});

test('at most so many runs make a baseline, and its days differ by no more than one where there are enough', () => {
  const counts = fc.array(fc.nat(80), { maxLength: 60 });
  fc.assert(
    fc.property(counts, (perDay) => {
      const chosen = baselineMissing(perDay.map((count, index) => runs(`${index}-`, count)));
      const total = perDay.reduce((sum, count) => sum + count, 0);
      expect(chosen).toHaveLength(Math.min(60, total));
      const taken = perDay.map((_, index) => chosen.filter((id) => id.startsWith(`${index}-`)).length);
      const most = Math.max(0, ...taken);
      for (const [index, count] of perDay.entries())
        expect(taken[index]).toBeGreaterThanOrEqual(Math.min(count, most - 1));
    }),
  );
});

test('half of what may be asked in any minute is the most, also of very little', () => {
  expect(paceOf(300)).toEqual({ requests: 150, ms: 60_000 });
  expect(paceOf(3)).toEqual({ requests: 1, ms: 60_000 });
  expect(paceOf(1)).toEqual({ requests: 1, ms: 120_000 });
});

test('what fails is left alone for an hour, then for ever longer, at most a day', () => {
  expect([1, 2, 3, 5, 6, 99].map((failures) => backoffMs(failures) / 3_600_000)).toEqual([1, 2, 4, 16, 24, 24]);
});
