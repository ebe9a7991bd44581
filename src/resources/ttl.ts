import type { Freshness } from '../sync/freshness.ts';

/** How long a client may keep what only another version of this program changes, in milliseconds. */
export const programMs = 5 * 60_000;

/**
 * How long an answer of the mirror holds, in milliseconds: until the usual interval brings the next poll; not at all when the
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
