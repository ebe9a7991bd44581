import { expect, test } from 'vitest';
import type { Patterns } from '../../src/queries/patterns.ts';
import { percentBelow } from '../../src/text/marks.ts';
import { dayColumns, patternLines } from '../../src/text/patterns.ts';

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

test.each([
  [0.0999, '9.9%'],
  [0.096, '9.6%'],
  [0.094, '9%'],
  [0.1, '10%'],
  [0.104, '10%'],
  [0, '0%'],
])('%d prints as %s below 10 %%', (rate, expected) => {
  expect(percentBelow(rate, 0.1)).toBe(expected);
});

const now = 1_780_000_000;
const share = (affectedRuns: number, totalRuns: number) => ({
  affectedRuns,
  totalRuns,
  rate: affectedRuns / totalRuns,
});
const none: Patterns = {
  days: 7,
  types: [],
  firstEver: new Map(),
  dayNames: days(7),
  trends: [],
  rates: [],
  worst: [],
  inputs: { patterns: [], runsWithEvents: 9, runs: 9 },
  inputsSince: now - 40 * 86_400,
  versions: [],
  newVersions: 0,
  leftOut: { items: [], total: 0 },
};
const shown = (change: Partial<Patterns>) =>
  patternLines('a', { ...none, ...change }, { covered: true, now }).join('\n');

test('inputs are shown from a rate of a half on, with the interval of few runs', () => {
  const of = (inputHash: string, affected: number, total: number) => ({
    inputHash,
    failureType: 'TOOL_LOOP',
    ...share(affected, total),
  });
  const patterns = [of('a1', 3, 3), of('b2', 1, 2), of('c3', 1, 3), of('d4', 3, 3)];
  const text = shown({ inputs: { patterns, runsWithEvents: 9, runs: 12 } });
  expect(text).toContain(
    'TOOL_LOOP 3/3 runs (100%; 44–100%): hash=a1, hash=d4\nTOOL_LOOP 1/2 runs (50%; 9–91%): hash=b2\n' +
      '(inputs are known of 9 of 12 runs, from 2026-04-18 20:26 UTC on)',
  );
  expect(text).not.toContain('c3');
  expect(shown({})).not.toContain('inputs are known');
});

test('a type that is not systemic does not look so, and what was before the window is told', () => {
  const type = { failureType: 'TOOL_LOOP', isSystemic: false, firstSeen: now - 86_400 * 3, lastSeen: now - 60 };
  const text = shown({
    types: [{ ...type, ...share(997, 10_000) }],
    firstEver: new Map([['TOOL_LOOP', now - 86_400 * 50]]),
  });
  expect(text).toContain('⚠ Occasional TOOL_LOOP 997/10000 runs (9.9%); seen 3d to 60s ago (first ever 50d ago)');
});
