import { sql } from 'drizzle-orm';
import { daySeconds } from '../days.ts';
import type { Reader } from '../db/open.ts';
import { isListed } from './whats-new.ts';

/** An agent without a run for longer than usual. Times are Unix seconds. */
export interface QuietAgent {
  agentId: string;
  /** When it was last active: its last run's start, or a later event of a run. */
  lastSeen: number;
  /** The median gap between the starts of its last runs, in seconds. */
  usualGap: number;
  /** When three usual gaps had passed. */
  quietSince: number;
}

const windowSeconds = 30 * daySeconds;
const minRuns = 5;
/** More runs would show how often the agent ran weeks ago rather than how often it runs now, and take longer. */
const maxRuns = 100;
const usualGaps = 3;

/** The median gap between moments in descending order; for an even number of gaps, the mean of the middle two. */
export function medianGap(moments: readonly number[]): number {
  const gaps = Float64Array.from(moments.slice(1), (moment, index) => (moments[index] ?? moment) - moment).sort();
  const middle = gaps.length / 2;
  return ((gaps[Math.ceil(middle) - 1] ?? 0) + (gaps[Math.floor(middle)] ?? 0)) / 2;
}

/**
 * Agents that have been without a run for more than 3 times their usual gap, the latest to go quiet first. The usual
 * gap is the median between the starts of the last 100 runs of the 30 days before `at`, of at least 5 runs. `at` (Unix
 * seconds) is when the API was last asked: a run that appeared since then is not known.
 */
export function quietAgents(reader: Reader, at: number): QuietAgent[] {
  const agents = reader.db.all<{ id: number; agentId: string; lastSeen: number | null }>(
    sql`select a.id, a.agent_id as agentId, a.last_seen as lastSeen from agents a where ${isListed}`,
  );
  // Reads only the index, and without drizzle, which takes longer to pass on the rows than SQLite takes to find them.
  const startsOf = reader.sqlite
    .prepare<[number, number, number, number], number>(
      `select started_at from runs where agent = ? and started_at >= ? and started_at <= ?
        order by started_at desc limit ?`,
    )
    .pluck();
  return agents
    .flatMap(({ id, agentId, lastSeen: seen }) => {
      const starts = startsOf.all(id, at - windowSeconds, at, maxRuns);
      const usualGap = medianGap(starts);
      // Runs that all start at once have no usual gap.
      if (starts.length < minRuns || usualGap === 0) return [];
      const lastSeen = Math.max(starts[0] ?? 0, seen ?? 0);
      const quietSince = lastSeen + usualGaps * usualGap;
      return quietSince < at ? [{ agentId, lastSeen, usualGap, quietSince }] : [];
    })
    .sort((a, b) => b.quietSince - a.quietSince || (a.agentId < b.agentId ? -1 : 1));
}
