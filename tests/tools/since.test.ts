import { describe, expect, test } from 'vitest';
import { sinceOf } from '../../src/tools/since.ts';

/** 2026-05-13 13:19:00 UTC. */
const now = Date.UTC(2026, 4, 13, 13, 19) / 1000;
const hour = 3600;

test.each([
  ['24h', now - 24 * hour],
  ['1.5 H', now - 1.5 * hour],
  [' 7d ', now - 7 * 24 * hour],
  ['2026-05-12', Date.UTC(2026, 4, 12) / 1000],
  ['2026-05-12T13:19', now - 24 * hour],
  ['2026-05-12 13:19:00', now - 24 * hour],
  ['2026-05-12t13:19:00.500z', now - 24 * hour + 0.5],
  ['2026-05-12T15:19:00+02:00', now - 24 * hour],
  ['2026-05-12T13:19:00-00:30', now - 23.5 * hour],
])('%s', (given, since) => expect(sinceOf(given, now)).toEqual({ since, notes: [] }));

test('without a moment it is the last 24 hours', () => {
  expect(sinceOf(undefined, now)).toEqual({ since: now - 24 * hour, notes: [] });
});

test('it goes back 90 days at most, and says so', () => {
  const clamped = { since: now - 90 * 24 * hour, notes: [expect.stringContaining('90 days at most')] };
  expect(sinceOf('91d', now)).toEqual(clamped);
  expect(sinceOf('2020-01-01', now)).toEqual(clamped);
  expect(sinceOf(`${'9'.repeat(400)}d`, now)).toEqual(clamped);
  expect(sinceOf('90d', now).notes).toEqual([]);
});

describe('refused are', () => {
  test.each(['yesterday', '24', '-3h', 'h', '2026-02-30', '2026-13-01', '2026-05-12T25:00:00Z', '12.05.2026'])(
    '%s',
    (given) => expect(() => sinceOf(given, now)).toThrow('since takes a date (2026-05-13)'),
  );

  test.each(['2026-05-14', '2026-05-13T13:20:00Z'])('%s, which is to come', (given) =>
    expect(() => sinceOf(given, now)).toThrow('since is in the future'),
  );
});
