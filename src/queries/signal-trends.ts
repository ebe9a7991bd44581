import { and, eq, gte, lt, sql } from 'drizzle-orm';
import { nameOf, numberOfAgent } from '../db/codes.ts';
import { signalDays } from '../db/day-tables.ts';
import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';

export interface DailyCounts {
  failureType: string;
  /** One for each of the days. */
  counts: number[];
  total: number;
}

const counted = prepared((db) =>
  db
    .select({
      type: signalDays.failureType,
      day: signalDays.day,
      count: sql<number>`sum(${signalDays.signals})`,
    })
    .from(signalDays)
    .where(
      and(
        eq(signalDays.agent, sql.placeholder('agent')),
        gte(signalDays.day, sql.placeholder('from')),
        lt(signalDays.day, sql.placeholder('until')),
      ),
    )
    .groupBy(signalDays.day, signalDays.failureType)
    .prepare(),
);

/**
 * An agent's signals by failure type on each of these days (numbers of UTC days, one after another), by time of
 * detection, as search_signals counts them; the most frequent type first.
 */
export function signalTrends(reader: Reader, agentId: string, days: readonly number[]): DailyCounts[] {
  const from = days[0] ?? 0;
  const rows = counted(reader).all({ agent: numberOfAgent(reader, agentId), from, until: from + days.length });
  const found = new Map<number, DailyCounts>();
  for (const { type, day, count } of rows) {
    const daily = found.get(type) ?? { failureType: nameOf(reader, type), counts: days.map(() => 0), total: 0 };
    daily.counts[day - from] = count;
    daily.total += count;
    found.set(type, daily);
  }
  return [...found.values()].sort((a, b) => b.total - a.total || a.failureType.localeCompare(b.failureType));
}
