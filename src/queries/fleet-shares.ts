import { type SQL, sql } from 'drizzle-orm';
import { countedAs, countedOver } from '../mirror/counts.ts';
import type { Reader } from '../mirror/open.ts';
import { prepared } from './prepared.ts';
import { boundsOf } from './span-parts.ts';
import type { Span } from './spans.ts';

/** Runs, and how many of them have a signal. */
export interface RunShare {
  hits: number;
  total: number;
}

const p = sql.placeholder;
const { all, failed } = countedAs;
const { hour, day } = countedOver;

/** As countRunsOf counts the runs of one agent: whole hours and days from what is kept of them, the rest from rows. */
const counted = prepared((db) => {
  const slots = (span: number, from: string, until: string) => sql`
    select c.agent, iif(c.what = ${all}, c.runs, 0) as total, iif(c.what = ${failed}, c.runs, 0) as hits
    from a cross join k cross join run_counts c on c.agent = a.id and c.span = ${span} and c.what = k.what
      and c.slot >= ${p(from)} and c.slot < ${p(until)}`;
  const time = sql`coalesce(r.started_at, r.completed_at)`;
  const rest = (at: SQL) => sql`
    select r.agent, 1, exists (select 1 from signals s where s.run = r.id and s.gone_at is null)
    from a cross join runs r on r.agent = a.id and ${at} and r.gone_at is null and r.pass is not null`;
  return db
    .select({ agent: sql<number>`agent`, total: sql<number>`sum(total)`, hits: sql<number>`sum(hits)` })
    .from(
      sql`(with a(id) as materialized (select value from json_each(${p('agents')})),
          k(what) as materialized (values (${sql.raw(String(all))}), (${sql.raw(String(failed))}))
        ${slots(day, 'dayFrom', 'dayUntil')}
        union all ${slots(hour, 'beforeFrom', 'beforeUntil')}
        union all ${slots(hour, 'afterFrom', 'afterUntil')}
        union all ${rest(sql`${time} >= ${p('from')} and ${time} < ${p('restEnd')}`)}
        union all ${rest(sql`${time} >= ${p('restFrom')} and ${time} <= ${p('end')} and ${time} < ${p('before')}`)})`,
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
