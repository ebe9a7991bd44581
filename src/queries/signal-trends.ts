import { and, eq, gte, isNull, lt, sql } from 'drizzle-orm';
import { daySeconds } from '../days.ts';
import type { Reader } from '../mirror/open.ts';
import { names, signals } from '../mirror/schema.ts';
import { agentNumber } from './agent-number.ts';
import { dayNumberOf } from './spans.ts';

export interface DailyCounts {
  failureType: string;
  /** One for each of the days. */
  counts: number[];
  total: number;
}

/**
 * An agent's signals by failure type on each of these days (numbers of UTC days, one after another), by the moment of
 * their detection, as search_signals counts them; the most frequent type first.
 */
export function signalTrends({ db }: Reader, agentId: string, days: readonly number[]): DailyCounts[] {
  const first = days[0] ?? 0;
  const day = dayNumberOf(signals.detectedAt);
  const rows = db
    .select({ failureType: names.name, day, count: sql<number>`count(*)` })
    .from(signals)
    .innerJoin(names, eq(names.id, signals.failureType))
    .where(
      and(
        eq(signals.agent, agentNumber(agentId)),
        isNull(signals.goneAt),
        gte(signals.detectedAt, first * daySeconds),
        lt(signals.detectedAt, (first + days.length) * daySeconds),
      ),
    )
    .groupBy(signals.failureType, day)
    .all();
  const found = new Map<string, DailyCounts>();
  for (const row of rows) {
    const daily = found.get(row.failureType) ?? {
      failureType: row.failureType,
      counts: days.map(() => 0),
      total: 0,
    };
    daily.counts[row.day - first] = row.count;
    daily.total += row.count;
    found.set(row.failureType, daily);
  }
  return [...found.values()].sort((a, b) => b.total - a.total || a.failureType.localeCompare(b.failureType));
}
