import { and, eq, gt, gte, lt, sql } from 'drizzle-orm';
import { numberOfAgent } from '../db/agent-number.ts';
import { nameOf } from '../db/names.ts';
import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { countedOver, signalCounts } from '../mirror/counts.ts';

export interface DailyCounts {
  failureType: string;
  /** One for each of the days. */
  counts: number[];
  total: number;
}

const counted = prepared((db) =>
  db
    .select({
      type: signalCounts.failureType,
      day: signalCounts.slot,
      count: sql<number>`sum(${signalCounts.signals})`,
    })
    .from(signalCounts)
    .where(
      and(
        eq(signalCounts.agent, sql.placeholder('agent')),
        eq(signalCounts.span, countedOver.day),
        gte(signalCounts.slot, sql.placeholder('from')),
        lt(signalCounts.slot, sql.placeholder('until')),
        gt(signalCounts.signals, 0),
      ),
    )
    .groupBy(signalCounts.slot, signalCounts.failureType)
    .prepare(),
);

/**
 * An agent's signals by failure type on each of these days (numbers of UTC days, one after another), by the moment of
 * their detection, as search_signals counts them; the most frequent type first.
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
