import { sql } from 'drizzle-orm';
import { daySeconds } from '../days.ts';
import { changeOfShare } from '../intervals.ts';
import type { Reader } from '../mirror/open.ts';
import { bothCoveredFrom, isListed, type Stretch } from './whats-new.ts';

/** Runs, and how many of them have a signal. */
export interface RunShare {
  hits: number;
  total: number;
}

/** An agent's share of runs with a signal, before and after a moment. */
export interface MovedRate {
  agentId: string;
  before: RunShare;
  after: RunShare;
  /** Two-sided 95 % interval of the change of the share, from -1 to 1. */
  change: { low: number; high: number };
}

/** Seconds before the moment that what came after it is held against. */
export const baselineSeconds = 7 * daySeconds;
/** Whether a share moved beyond chance. */
export function movedRate(agentId: string, before: RunShare, after: RunShare): MovedRate | undefined {
  const { interval, direction } = changeOfShare(before, after);
  return interval && direction !== undefined ? { agentId, before, after, change: interval } : undefined;
}

const difference = ({ before, after }: MovedRate) => Math.abs(after.hits / after.total - before.hits / before.total);

/**
 * Agents whose share of runs with a signal moved beyond chance since a moment, against the 7 days before it; the largest
 * change first. Agents that are not mirrored without a gap that far back are left out: missing signals look like fewer failures.
 */
export function movedRates({ db }: Reader, { since, until }: Stretch): MovedRate[] {
  const from = since - baselineSeconds;
  // Two ranges of the index by start: SQLite would read all of an agent's runs for one condition on either time.
  const within = (time: string) => sql`
    select a.agent_id, r.id, ${sql.raw(time)} >= ${since} as is_after
    from agents a cross join runs r on r.agent = a.id and ${sql.raw(time)} >= ${from} and ${sql.raw(time)} <= ${until}
    where ${isListed} and ${bothCoveredFrom} <= ${from} and r.gone_at is null and r.pass is not null`;
  const rows = db.all<{ agentId: string; isAfter: number; total: number; hits: number }>(sql`
    with found as (
      ${within('r.started_at')}
      union all ${within('r.completed_at')} and r.started_at is null)
    select agent_id as agentId, is_after as isAfter, count(*) as total,
      sum(exists (select 1 from signals s where s.run = found.id and s.gone_at is null)) as hits
    from found group by 1, 2`);
  const none: RunShare = { hits: 0, total: 0 };
  const befores = new Map(rows.flatMap((row) => (row.isAfter === 1 ? [] : [[row.agentId, row]])));
  const moved = rows.flatMap(({ agentId, isAfter, hits, total }) => {
    if (isAfter === 0) return [];
    const before = befores.get(agentId) ?? none;
    return movedRate(agentId, { hits: before.hits, total: before.total }, { hits, total }) ?? [];
  });
  return moved.sort((a, b) => difference(b) - difference(a) || (a.agentId < b.agentId ? -1 : 1));
}
