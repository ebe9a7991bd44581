import { eq, sql } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { names, runs, signals } from '../mirror/schema.ts';
import { affectedRuns, countRunsIn, type Share, type Span, shareOf, signalsOfRunsIn } from './spans.ts';

/** How often a failure type struck within a span. Times are Unix seconds. */
export interface TypePattern extends Share {
  failureType: string;
  isSystemic: boolean;
  /** Of all signals of the type that are mirrored. */
  firstSeen: number;
  lastSeen: number;
}

/** Source: CONTRACT.md, 'How the server computes its analytics'. */
const systemicRate = 0.1;

/**
 * How many of an agent's runs of a span each failure type struck, the most frequent first: distinct runs with a signal of
 * the type / runs. A type is systemic from 10 % on.
 */
export function systemicPatterns(reader: Reader, agentId: string, span: Span): TypePattern[] {
  const total = countRunsIn(reader, agentId, span);
  const seen = (pick: 'min' | 'max') =>
    sql<number>`(select ${sql.raw(pick)}(s.detected_at) from signals s where s.agent = ${signals.agent} and s.failure_type = ${signals.failureType} and s.gone_at is null)`;
  const rows = reader.db
    .select({ failureType: names.name, affected: affectedRuns, firstSeen: seen('min'), lastSeen: seen('max') })
    .from(runs)
    .innerJoin(signals, eq(signals.run, runs.id))
    .innerJoin(names, eq(names.id, signals.failureType))
    .where(signalsOfRunsIn(agentId, span))
    .groupBy(signals.failureType)
    .all();
  return rows
    .map(({ affected, ...row }) => {
      const share = shareOf(affected, total);
      return { ...row, ...share, isSystemic: share.rate >= systemicRate };
    })
    .sort((a, b) => b.rate - a.rate || a.failureType.localeCompare(b.failureType));
}
