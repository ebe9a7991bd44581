import { sql } from 'drizzle-orm';
import { believedUpTo, chanceOfShares } from '../chance.ts';
import { daySeconds, type Window } from '../days.ts';
import type { Reader } from '../db/open.ts';
import { changeOfShare } from '../intervals.ts';
import { failedShare, type RunShare } from './run-counts.ts';
import { allCoveredFrom, isListed } from './whats-new.ts';

/** An agent's share of runs with a signal, before and after a moment. */
export interface MovedRate {
  agentId: string;
  before: RunShare;
  after: RunShare;
  /** Two-sided 95 % interval of the change of the share, from -1 to 1. */
  change: { low: number; high: number };
}

/** The baseline: so many seconds before the moment are compared with the time after it. */
export const baselineSeconds = 7 * daySeconds;
/** Whether a share changed by more than chance explains. */
export function movedRate(agentId: string, before: RunShare, after: RunShare): MovedRate | undefined {
  const { interval, direction } = changeOfShare(before, after);
  return interval && direction !== undefined ? { agentId, before, after, change: interval } : undefined;
}

const difference = ({ before, after }: MovedRate) => Math.abs(after.hits / after.total - before.hits / before.total);

interface Sides {
  agentId: string;
  before: RunShare;
  after: RunShare;
}

/** Of agents that are looked at at once, those whose share moved; decided for all of them together. */
export function movedOf(all: readonly Sides[]): MovedRate[] {
  const judged = all
    .filter(({ before, after }) => changeOfShare(before, after).interval)
    .map((sides) => ({ ...sides, chance: chanceOfShares(sides.before, sides.after) }));
  const believed = believedUpTo(judged.map(({ chance }) => chance));
  return judged
    .filter(({ chance }) => chance <= believed)
    .flatMap(({ agentId, before, after }) => movedRate(agentId, before, after) ?? []);
}

/**
 * Agents whose share of runs with a signal changed by more than chance explains since a moment, against the 7 days
 * before it; the largest change first. Agents that are not mirrored without a gap that far back are left out: missing
 * signals look like fewer failures.
 */
export function movedRates(reader: Reader, { from: since, end }: Window): MovedRate[] {
  const from = since - baselineSeconds;
  const agents = reader.db.all<{ agentId: string }>(
    sql`select a.agent_id as agentId from agents a where ${isListed} and ${allCoveredFrom} <= ${from}`,
  );
  const shares = agents.map(({ agentId }) => {
    const before = failedShare(reader, agentId, { from, end: since, isEndOut: true });
    return { agentId, before, after: failedShare(reader, agentId, { from: since, end }) };
  });
  return movedOf(shares).sort((a, b) => difference(b) - difference(a) || (a.agentId < b.agentId ? -1 : 1));
}
