import { expect, test } from 'vitest';
import type { Freshness } from '../../src/sync/freshness.ts';
import { coverageNotes, windowEnd } from '../../src/tools/window.ts';

const now = 1_780_000_000;
const hourAgo = new Date((now - 3600) * 1000).toISOString();
const base: Freshness = { source: 'mirror', synced_at: hourAgo, age_seconds: 3600, stale: true, covered: true };

test.each([
  ['a fresh mirror', { stale: false }, now],
  ['a stale mirror', {}, now - 3600],
  ['a stale mirror of another time to come', { synced_at: new Date((now + 60) * 1000).toISOString() }, now],
  ['a mirror that was never complete', { synced_at: null, age_seconds: null }, now],
  ['an agent that was asked about just now', { source: 'live' as const }, now],
])('the window of %s ends where it is known to end', (_, change, end) => {
  const window = windowEnd({ ...base, ...change }, { now, skew: 0 });
  expect(window.end).toBe(end);
  if (end !== now) expect(window.notes).toEqual([expect.stringContaining('2026-05-28 19:26 UTC')]);
});

test('a note tells from when on a window is exact', () => {
  expect(coverageNotes(0, now - 60)).toEqual([]);
  expect(coverageNotes(now - 60, now - 60)).toEqual([]);
  expect(coverageNotes(now, now - 60)).toEqual([expect.stringContaining('exact from 2026-05-28 20:26 UTC on')]);
  expect(coverageNotes(null, now - 60)).toEqual([expect.stringContaining('not exact')]);
});
