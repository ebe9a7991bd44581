import { expect, test } from 'vitest';
import { msUntilPoll } from '../../src/resources/ttl.ts';

const syncedAt = Date.UTC(2026, 4, 13) / 1000;
const fresh = { synced_at: new Date(syncedAt * 1000).toISOString(), stale: false };

test.each([
  ['just synced', fresh, 0, 30_000],
  ['some seconds later', fresh, 12, 18_000],
  ['past the next poll', fresh, 31, 0],
  ['by a clock that is behind', fresh, -5, 30_000],
  ['stale', { ...fresh, stale: true }, 0, 0],
  ['never synced', { ...fresh, synced_at: null }, 0, 0],
])('%s', (_, freshness, later, ttl) => expect(msUntilPoll(freshness, syncedAt + later, 30_000)).toBe(ttl));

test('where nothing polls, nothing may be kept', () => expect(msUntilPoll(fresh, syncedAt, 0)).toBe(0));
