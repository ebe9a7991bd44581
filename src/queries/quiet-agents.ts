import { sql } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { isListed } from './whats-new.ts';

/** An agent without a run for longer than usual. Times are Unix seconds. */
export interface QuietAgent {
  agentId: string;
  /** When it was last heard of: its last run's start, or a later event of a run. */
  lastSeen: number;
  /** The median gap between the starts of its runs, in seconds. */
  usualGap: number;
  /** When three usual gaps had passed. */
  quietSince: number;
}

const windowSeconds = 30 * 86_400;
const minRuns = 5;
const usualGaps = 3;

/**
 * Agents that have been without a run for more than 3 times their usual gap, the latest to go quiet first. The usual gap is
 * the median between the starts of the runs of the 30 days before `at`, of at least 5 runs. `at` (Unix seconds) is when
 * the API was last asked: a run that turned up since is not known.
 */
export function quietAgents({ db }: Reader, at: number): QuietAgent[] {
  const agents = db.all<{ agentId: string; usualGap: number; lastSeen: number }>(sql`
    with starts as (
      select a.id as agent, r.started_at as start,
        r.started_at - lag(r.started_at) over (partition by a.id order by r.started_at) as gap
      from agents a cross join runs r on r.agent = a.id and r.started_at >= ${at - windowSeconds} and r.started_at <= ${at}
      where ${isListed} and r.gone_at is null and r.pass is not null),
    ranked as (
      select agent, gap, row_number() over (partition by agent order by gap) as place,
        count(*) over (partition by agent) as gaps
      from starts where gap is not null),
    usual as (
      select agent, avg(gap) as gap from ranked
      where gaps >= ${minRuns - 1} and place in ((gaps + 1) / 2, (gaps + 2) / 2) group by agent),
    latest as (select agent, max(start) as start from starts group by agent)
    select a.agent_id as agentId, u.gap as usualGap, max(l.start, coalesce(a.last_seen, 0)) as lastSeen
    from usual u join latest l on l.agent = u.agent join agents a on a.id = u.agent
    -- Runs that all start at once have no usual gap.
    where u.gap > 0`);
  return agents
    .map((agent) => ({ ...agent, quietSince: agent.lastSeen + usualGaps * agent.usualGap }))
    .filter(({ quietSince }) => quietSince < at)
    .sort((a, b) => b.quietSince - a.quietSince || (a.agentId < b.agentId ? -1 : 1));
}
