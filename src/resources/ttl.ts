import type { Freshness } from '../sync/freshness.ts';

/** How long a client may keep content that changes only with this program's version, in milliseconds. */
export const programMs = 5 * 60_000;

/**
 * How long an answer from the mirror is valid, in milliseconds: until the next poll at the usual interval; 0 when the
 * mirror is stale, or no pass has completed yet. `now` is in Unix seconds.
 */
export function msUntilPoll(
  { synced_at, stale }: Pick<Freshness, 'synced_at' | 'stale'>,
  now: number,
  pollMs: number,
): number {
  if (synced_at === null || stale) return 0;
  return Math.min(pollMs, Math.max(0, Date.parse(synced_at) + pollMs - now * 1000));
}
