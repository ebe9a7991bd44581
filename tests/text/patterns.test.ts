import { expect, test } from 'vitest';
import { dayColumns } from '../../src/text/patterns.ts';

const days = (count: number) =>
  Array.from({ length: count }, (_, n) => new Date(Date.UTC(2026, 0, 1 + n)).toISOString().slice(0, 10));

test('up to 14 days are columns of their own', () => {
  const { titles, sums } = dayColumns(days(14));
  expect(titles).toEqual(days(14).map((day) => day.slice(5)));
  expect(sums(days(14).map((_, n) => n))).toEqual(days(14).map((_, n) => n));
});

test('more days are weeks, the last one whole, the first one of what is left', () => {
  const { titles, sums } = dayColumns(days(16));
  expect(titles).toEqual(['01-01', '01-03', '01-10']);
  expect(sums(days(16).map(() => 1))).toEqual([2, 7, 7]);
  expect(dayColumns(days(90)).titles).toHaveLength(13);
});
