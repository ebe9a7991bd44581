import { sql } from 'drizzle-orm';
import { believedUpTo } from '../chance.ts';
import { daySeconds } from '../days.ts';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { chanceOfSilence, type Gaps, gapsOf, unusualSilence } from './silence.ts';
import { isListed } from './whats-new.ts';

/** An agent without a run for longer than chance explains. Times are Unix seconds. */
export interface QuietAgent {
  agentId: string;
  /** When it was last active: its last run's start, or a later event of a run. */
  lastSeen: number;
  /** The median gap between the starts of its last runs, and the longest one, in seconds. */
  usualGap: number;
  longestGap: number;
  /** The chance of such a silence, were the agent as before. */
  chance: number;
  /** When the silence became longer than chance explains. */
  quietSince: number;
}

const windowSeconds = 30 * daySeconds;
/** More runs would show how often the agent ran weeks ago rather than how often it runs now, and take longer. */
const maxRuns = 100;

const listed = sql`select a.id, a.agent_id as agentId, a.last_seen as lastSeen from agents a where ${isListed}`;

// Reads only the index.
const lastStarts = preparedSql<{ at: number }>(`
  select started_at as at from runs where agent = @agent and started_at >= @from and started_at <= @at
  order by started_at desc limit ${maxRuns}`);

const startBefore = preparedSql<{ at: number | null }>(
  'select min(started_at) as at from runs where agent = @agent and started_at < @before and started_at >= @from',
);

const hasRunBefore = (reader: Reader, span: { agent: number; before: number; from: number }) =>
  startBefore(reader).get(span)?.at != null;

interface Silent {
  id: number;
  agentId: string;
  lastStart: number;
  lastSeen: number;
  silence: number;
  gaps: Gaps;
  chance: number;
}

/** More steps back are not looked at, so that a fleet that went quiet as a whole is told as fast. */
const maxSteps = 500;

/**
 * Whether the agent was silent for that long before, between two runs of the window: at nights, say, or weekends. It goes
 * back from run to run by steps as long as the silence, of which the window has few.
 */
function wasSilent(reader: Reader, { id: agent, silence, gaps, lastStart }: Silent, from: number): boolean {
  // The gaps themselves were compared already.
  let run = lastStart - gaps.sum;
  for (let step = 0; step < maxSteps && run - silence >= from; step += 1) {
    const next = startBefore(reader).get({ agent, before: run, from: run - silence })?.at;
    if (next == null) return hasRunBefore(reader, { agent, before: run, from });
    run = next;
  }
  return false;
}

/**
 * Agents whose silence is longer than any before it, and than chance explains by the gaps between their own last runs (100 at
 * most, of the 30 days before `at`; five runs at least), the latest to go quiet first. So many agents are looked at at once
 * that some are always unusually silent: which of them are believed is decided for all together. `at` (Unix seconds) is when
 * the API was last asked: a run that appeared since then is not known.
 */
export function quietAgents(reader: Reader, at: number): QuietAgent[] {
  const from = at - windowSeconds;
  const judged = reader.db
    .all<{ id: number; agentId: string; lastSeen: number | null }>(listed)
    .flatMap(({ id, agentId, lastSeen: seen }): Silent[] => {
      const starts = lastStarts(reader)
        .all({ agent: id, from, at })
        .map((run) => run.at);
      const gaps = gapsOf(starts);
      if (!gaps) return [];
      const lastStart = starts[0] ?? 0;
      const lastSeen = Math.max(lastStart, seen ?? 0);
      const silence = at - lastSeen;
      const chance = silence > gaps.longest ? chanceOfSilence(gaps, silence) : 1;
      return [{ id, agentId, lastStart, lastSeen, silence, gaps, chance }];
    });
  const believed = believedUpTo(judged.map(({ chance }) => chance));
  return judged
    .filter((agent) => agent.chance <= believed && !wasSilent(reader, agent, from))
    .map(({ agentId, lastSeen, gaps, chance }) => ({
      agentId,
      lastSeen,
      usualGap: gaps.median,
      longestGap: gaps.longest,
      chance,
      quietSince: lastSeen + unusualSilence(gaps, believed),
    }))
    .sort((a, b) => b.quietSince - a.quietSince || (a.agentId < b.agentId ? -1 : 1));
}
