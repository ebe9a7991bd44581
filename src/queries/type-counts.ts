import { sql } from 'drizzle-orm';
import { nameOf, numberOfAgent } from '../db/codes.ts';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';

/** How often an agent had a failure type, as far back as the mirror reaches. Times are Unix seconds. */
export interface TypeEver {
  failureType: string;
  signals: number;
  /** Distinct runs. */
  affectedRuns: number;
  /** When the first and the last signal were detected. */
  firstSeen: number;
  lastSeen: number;
}

const seen = (order: string) => `(select detected_at from signals s
  where s.agent = @agent and s.failure_type = t.type and s.gone_at is null order by detected_at ${order} limit 1)`;

const counted = preparedSql<Omit<TypeEver, 'failureType'> & { type: number }>(`
  select t.type, t.signals, t.runs as affectedRuns, ${seen('asc')} as firstSeen, ${seen('desc')} as lastSeen
  from (select failure_type as type, sum(signals) as signals, sum(runs) as runs from signal_days
    where agent = @agent group by failure_type) t`);

/** An agent's failure types, the most frequent first. */
export function typesEver(reader: Reader, agentId: string): TypeEver[] {
  return counted(reader)
    .all({ agent: numberOfAgent(reader, agentId) })
    .map(({ type, ...row }) => ({ failureType: nameOf(reader, type), ...row }))
    .sort((a, b) => b.signals - a.signals || (a.failureType < b.failureType ? -1 : 1));
}

/** Every failure type in the agents list's counts, of one agent if given; the most frequent first, then by name. */
export function failureTypes({ db }: Reader, agentId?: string): string[] {
  const ofAgents = agentId === undefined ? sql`a.gone_at is null` : sql`a.agent_id = ${agentId}`;
  const rows = db.all<{ type: string }>(
    sql`select t.key as type from agents a, json_each(a.failure_types) t where ${ofAgents} group by 1
      order by sum(t.value) desc, 1`,
  );
  return rows.map(({ type }) => type);
}
