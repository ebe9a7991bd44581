import { sql } from 'drizzle-orm';
import { daySeconds } from '../days.ts';
import type { Reader } from '../db/open.ts';
import { changeOfShare } from '../intervals.ts';
import { type RunShare, sharesOfAgents } from './fleet-shares.ts';
import { bothCoveredFrom, isListed, type Stretch } from './whats-new.ts';

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
export function movedRates(reader: Reader, { since, until }: Stretch): MovedRate[] {
  const from = since - baselineSeconds;
  const agents = reader.db.all<{ id: number; agentId: string }>(
    sql`select a.id, a.agent_id as agentId from agents a where ${isListed} and ${bothCoveredFrom} <= ${from}`,
  );
  const ids = agents.map(({ id }) => id);
  const before = sharesOfAgents(reader, ids, { from, end: since, isEndOut: true });
  const after = sharesOfAgents(reader, ids, { from: since, end: until });
  const none = { hits: 0, total: 0 };
  const moved = agents.flatMap(
    ({ id, agentId }) => movedRate(agentId, before.get(id) ?? none, after.get(id) ?? none) ?? [],
  );
  return moved.sort((a, b) => difference(b) - difference(a) || (a.agentId < b.agentId ? -1 : 1));
}
