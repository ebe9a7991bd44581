import type { ServerTime } from '../db/server-time.ts';
import type { Freshness } from '../sync/freshness.ts';
import { minute } from '../text/time.ts';

/**
 * Where a window of days ends, in Unix seconds by the server's clock: now, or, when the mirror is stale, at the last
 * complete pass, as later rows are not known. An agent that was just fetched from the API is current, however old the
 * rest is.
 */
export function windowEnd(
  { source, stale, synced_at: syncedAt }: Freshness,
  { now, skew }: Pick<ServerTime, 'now' | 'skew'>,
): { end: number; notes: string[] } {
  if (!stale || source === 'live' || syncedAt === null) return { end: now, notes: [] };
  const end = Math.min(now, Date.parse(syncedAt) / 1000 + skew);
  return {
    end,
    notes: [`The mirror is stale: its days are counted back from the last complete pass, ${minute(end)}.`],
  };
}

/**
 * The note for a window that starts at `since` when the agent's lists are only gapless from `coveredFrom` on (Unix
 * seconds; null: not gapless from any time yet).
 */
export function coverageNotes(coveredFrom: number | null, since: number): string[] {
  if (coveredFrom === null)
    return ["The agent's runs and signals are not all mirrored yet: these numbers are not exact."];
  if (coveredFrom <= since) return [];
  return [`Older runs and signals are not all mirrored yet: these numbers are exact from ${minute(coveredFrom)} on.`];
}
