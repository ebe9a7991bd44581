import { and, eq, gt, sql } from 'drizzle-orm';
import { numberOfAgent } from '../db/agent-number.ts';
import { nameOf } from '../db/names.ts';
import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { untilChanged } from '../db/unchanged.ts';
import { countedOver, runCounts, signalCounts } from '../mirror/counts.ts';

/** How often a failure type struck an agent, as far as the mirror reaches. */
export interface TypeCount {
  failureType: string;
  signals: number;
  /** Distinct runs. */
  affectedRuns: number;
}

/** The same, and when the signals were detected; Unix seconds. */
export interface TypeEver extends TypeCount {
  firstSeen: number;
  lastSeen: number;
}

const counted = prepared((db) => {
  const { agent, span, what } = runCounts;
  const ofType = and(
    eq(agent, sql.placeholder('agent')),
    eq(span, countedOver.ever),
    eq(what, signalCounts.failureType),
  );
  return db
    .select({
      type: signalCounts.failureType,
      signals: sql<number>`sum(${signalCounts.signals})`,
      affectedRuns: sql<number>`(select ${runCounts.runs} from ${runCounts} where ${ofType})`,
      firstSeen: sql<number>`min(${signalCounts.firstAt})`,
      lastSeen: sql<number>`max(${signalCounts.lastAt})`,
    })
    .from(signalCounts)
    .where(
      and(
        eq(signalCounts.agent, sql.placeholder('agent')),
        eq(signalCounts.span, countedOver.ever),
        gt(signalCounts.signals, 0),
      ),
    )
    .groupBy(signalCounts.failureType)
    .prepare();
});

const kept = untilChanged<readonly TypeEver[]>();

/** An agent's failure types, the most frequent first. */
export function typesEver(reader: Reader, agentId: string): readonly TypeEver[] {
  return kept(reader, agentId, () =>
    counted(reader)
      .all({ agent: numberOfAgent(reader, agentId) })
      .map(({ type, ...row }) => ({ failureType: nameOf(reader, type), ...row }))
      .sort((a, b) => b.signals - a.signals || (a.failureType < b.failureType ? -1 : 1)),
  );
}

/** An agent's signals by failure type, most frequent first. */
export function typeCounts(reader: Reader, agentId: string): TypeCount[] {
  return typesEver(reader, agentId).map(({ failureType, signals, affectedRuns }) => ({
    failureType,
    signals,
    affectedRuns,
  }));
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
