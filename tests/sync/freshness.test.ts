import { expect, test } from 'vitest';
import { freshnessOf, isFresh, type MirrorState, skipReason } from '../../src/sync/freshness.ts';

const now = 1_780_000_000;
const pollMs = 30_000;
const synced: MirrorState = { syncedAt: now - 10, covered: true };
const trouble = { kind: 'unreachable', message: 'the API is away', at: now - 5 };

test('a mirror is fresh for three poll intervals after the last complete pass began', () => {
  expect(isFresh({ syncedAt: now - 89 }, now, pollMs)).toBe(true);
  expect(isFresh({ syncedAt: now - 90 }, now, pollMs)).toBe(false);
  expect(isFresh({ syncedAt: null }, now, pollMs)).toBe(false);
});

test.each([
  ['unreachable', true],
  ['unauthorized', true],
  ['rate_limited', true],
  ['bad_answer', false],
  ['not_found', false],
])('after %s the API is known to be out of reach: %s', (kind, expected) => {
  const failed = { ...trouble, kind };
  expect(skipReason({ ...synced, trouble: failed }, now, pollMs)).toEqual(expected ? failed : undefined);
});

test('that is forgotten after a minute, or two polls', () => {
  const at = (seconds: number) => ({ ...synced, trouble: { ...trouble, at: now - seconds } });
  expect(skipReason(at(59), now, pollMs)).toBeDefined();
  expect(skipReason(at(61), now, pollMs)).toBeUndefined();
  expect(skipReason(at(100), now, 60_000)).toBeDefined();
  expect(skipReason(synced, now, pollMs)).toBeUndefined();
});

test('an API that counts as down is not asked, however long ago it failed', () => {
  const closed = { kind: 'server_error', message: 'it counts as down' };
  expect(skipReason({ ...synced, closed, trouble: { ...trouble, kind: 'server_error', at: 0 } }, now, pollMs)).toBe(
    closed,
  );
});

test('what was asked live but could not be read is not passed off as live', () => {
  expect(freshnessOf({ ...synced, trouble }, now, pollMs, { isDone: true }).source).toBe('mirror');
});

test('an answer says where it came from, how old it is, and what is wrong', () => {
  expect(freshnessOf(synced, now, pollMs, undefined)).toEqual({
    source: 'mirror',
    synced_at: '2026-05-28T20:26:30.000Z',
    age_seconds: 10,
    stale: false,
    covered: true,
  });
  expect(freshnessOf({ syncedAt: null, covered: false, trouble }, now, pollMs, undefined)).toEqual({
    source: 'mirror',
    synced_at: null,
    age_seconds: null,
    stale: true,
    covered: false,
    note: 'the API is away',
  });
  expect(freshnessOf(synced, now, pollMs, { isDone: true }).source).toBe('live');
  expect(freshnessOf({ ...synced, trouble }, now, pollMs, { isDone: false, note: 'not yet' })).toMatchObject({
    source: 'mirror',
    note: 'not yet',
  });
  expect(freshnessOf({ syncedAt: now + 50, covered: true }, now, pollMs, undefined).age_seconds).toBe(0);
});
