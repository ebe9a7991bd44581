import { and, eq, gte, isNull, lte, sql } from 'drizzle-orm';
import type { Window } from '../days.ts';
import type { Reader } from '../db/open.ts';
import { agents, signals } from '../db/schema.ts';

/** An agent's signals of a window by weekday (seven rows, Monday first) and hour of the day (24 columns), both UTC. */
export function hourMap({ db }: Reader, agentId: string, { from, end }: Window): number[][] {
  const hour = sql<number>`cast(${signals.detectedAt} / 3600 as integer)`;
  const rows = db
    .select({ hour, count: sql<number>`count(*)` })
    .from(signals)
    .innerJoin(agents, eq(agents.id, signals.agent))
    .where(
      and(
        eq(agents.agentId, agentId),
        isNull(signals.goneAt),
        gte(signals.detectedAt, from),
        lte(signals.detectedAt, end),
      ),
    )
    .groupBy(hour)
    .all();
  const map = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0));
  for (const { hour: since1970, count } of rows) {
    // 1 January 1970 was a Thursday.
    const day = map[(Math.floor(since1970 / 24) + 3) % 7];
    if (day) day[since1970 % 24] = (day[since1970 % 24] ?? 0) + count;
  }
  return map;
}
