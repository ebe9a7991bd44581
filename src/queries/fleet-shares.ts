import { type SQL, sql } from 'drizzle-orm';
import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { countedAs } from '../mirror/counts.ts';
import { boundsOf, ofTheRest, ofWholeSlots } from './span-parts.ts';
import { isListedR, type Span, timeOfR } from './spans.ts';

/** Runs, and how many of them have a signal. */
export interface RunShare {
  hits: number;
  total: number;
}

const p = sql.placeholder;
const { all, failed } = countedAs;

/** As countRunsOf counts the runs of one agent: whole hours and days from what is kept of them, the rest from rows. */
const counted = prepared((db) => {
  const kept = (isAskedFor: SQL) => sql`
    select c.agent, iif(c.what = ${all}, c.runs, 0) as total, iif(c.what = ${failed}, c.runs, 0) as hits
    from a cross join k cross join run_counts c on c.agent = a.id and c.what = k.what and ${isAskedFor}`;
  const rest = (isAskedFor: SQL) => sql`
    select r.agent, 1, exists (select 1 from signals s where s.run = r.id and s.gone_at is null)
    from a cross join runs r on r.agent = a.id and ${isAskedFor} and ${timeOfR} < ${p('before')} and ${isListedR}`;
  return db
    .select({ agent: sql<number>`agent`, total: sql<number>`sum(total)`, hits: sql<number>`sum(hits)` })
    .from(
      sql`(with a(id) as materialized (select value from json_each(${p('agents')})),
          k(what) as materialized (values (${sql.raw(String(all))}), (${sql.raw(String(failed))}))
        ${ofWholeSlots(kept)} union all ${ofTheRest(rest)})`,
    )
    .groupBy(sql`agent`)
    .prepare();
});

/**
 * How many runs agents (by their numbers) made within a span, and how many of these have a signal; of those agents that made
 * any. Without `end`, runs at the end itself do not count.
 */
export function sharesOfAgents(
  reader: Reader,
  agents: readonly number[],
  span: Span & { isEndOut?: boolean },
): Map<number, RunShare> {
  const bounds = boundsOf(span);
  const before = span.isEndOut ? bounds.end : Number.POSITIVE_INFINITY;
  const found = counted(reader).all({ ...bounds, agents: JSON.stringify(agents), before });
  return new Map(found.map(({ agent, ...share }) => [agent, share]));
}
