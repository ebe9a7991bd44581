import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { names, signals } from '../mirror/schema.ts';
import { agentNumber } from './agent-number.ts';

/** How often a failure type struck an agent, as far as the mirror reaches. */
export interface TypeCount {
  failureType: string;
  signals: number;
  /** Distinct runs. */
  affectedRuns: number;
}

/** An agent's signals by failure type, most frequent first. */
export function typeCounts({ db }: Reader, agentId: string): TypeCount[] {
  const count = sql<number>`count(*)`;
  return db
    .select({ failureType: names.name, signals: count, affectedRuns: sql<number>`count(distinct ${signals.run})` })
    .from(signals)
    .innerJoin(names, eq(names.id, signals.failureType))
    .where(and(eq(signals.agent, agentNumber(agentId)), isNull(signals.goneAt)))
    .groupBy(signals.failureType)
    .orderBy(desc(count), names.name)
    .all();
}

/** Every failure type that the agents list counts, of one agent if given; the most frequent first, then by name. */
export function failureTypes({ db }: Reader, agentId?: string): string[] {
  const ofAgents = agentId === undefined ? sql`a.gone_at is null` : sql`a.agent_id = ${agentId}`;
  const rows = db.all<{ type: string }>(
    sql`select t.key as type from agents a, json_each(a.failure_types) t where ${ofAgents} group by 1
      order by sum(t.value) desc, 1`,
  );
  return rows.map(({ type }) => type);
}
