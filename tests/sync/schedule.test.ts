import { expect, test } from 'vitest';
import { intervalMs, jitterOf, retryPauseMs } from '../../src/sync/schedule.ts';

const minute = 60_000;

test.each([
  ['usually', { sinceNews: undefined, sinceCall: 0 }, 30_000],
  ['for a minute after something new', { sinceNews: 0, sinceCall: 0 }, 5000],
  ['to the end of that minute', { sinceNews: minute - 1, sinceCall: 0 }, 5000],
  ['and no longer', { sinceNews: minute, sinceCall: 0 }, 30_000],
  ['nearly ten minutes after the last call', { sinceNews: undefined, sinceCall: 10 * minute - 1 }, 30_000],
  ['ten minutes after it', { sinceNews: undefined, sinceCall: 10 * minute }, 120_000],
  ['then, whatever is new', { sinceNews: 0, sinceCall: 10 * minute }, 120_000],
  ['where nobody ever called', { sinceNews: undefined, sinceCall: Number.POSITIVE_INFINITY }, 120_000],
])('%s', (_, use, expected) => {
  expect(intervalMs({ pollMs: 30_000, ...use })).toBe(expected);
});

test('polls that are quicker than five seconds stay as quick', () => {
  expect(intervalMs({ pollMs: 1000, sinceNews: 0, sinceCall: 0 })).toBe(1000);
});

test('after failures it is a second, doubled each time, at most a minute', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8, 60].map(retryPauseMs)).toEqual([
    1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000,
  ]);
});

test('the jitter is a tenth', () => {
  expect([0, 0.5, 1].map(jitterOf)).toEqual([0.9, 1, 1.1]);
});
