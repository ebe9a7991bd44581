import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { Reader } from '../db/open.ts';
import { prepared, preparedByShape } from '../db/prepared.ts';
import { countedAs, countedOver, loopTypes, runCounts } from '../mirror/counts.ts';
import { boundsOf, ofWholeSlots, partsOf } from './span-parts.ts';
import { dayNumber, isListedR, type Span, timeOfR } from './spans.ts';

/**
 * By what runs are counted: by day, by version, or not apart; and whether only all of them, those that failed and those
 * that looped count, or those with each failure type as well.
 */
export type Grouping = 'whole' | 'by day' | 'by version' | 'health';

/** Runs by what they are counted as (`countedAs`, or the number of a failure type), then by day, version or 0. */
export type RunCounts = Map<number, Map<number, number>>;

const { all, failed, looped } = countedAs;
const { day } = countedOver;
const p = sql.placeholder;

/** What an agent's runs count as, one seek for each; SQLite would read all rows for a `distinct`. */
const kinds = sql`k(what) as materialized (
    select min(what) from run_counts where agent = ${p('agent')} and span = ${day}
    union all select (select min(c.what) from run_counts c where c.agent = ${p('agent')} and c.span = ${day} and c.what > k.what)
      from k where k.what is not null)`;

const cells = preparedByShape((db, grouping: Grouping) => {
  const wanted = grouping === 'health' ? sql`k(what) as (values (${all}), (${failed}), (${looped}))` : kinds;
  const group = { whole: sql`0`, health: sql`0`, 'by day': sql`day`, 'by version': sql`version` }[grouping];
  const kept = (isAskedFor: SQL) => sql`
    select c.what, c.version, c.slot / (${sql.raw(String(day))} / c.span) as day, c.runs
    from k cross join run_counts c on c.agent = ${p('agent')} and c.what = k.what and ${isAskedFor}`;
  return db
    .select({ what: sql<number>`what`, group: sql<number>`${group} as grouped`, runs: sql<number>`sum(runs)` })
    .from(sql`(with recursive ${wanted} ${ofWholeSlots(kept)})`)
    .groupBy(sql`what`, sql`grouped`)
    .prepare();
});

/** The runs of a few moments, a row for each of their signals. */
const rest = preparedByShape((db, _: 'rest') => {
  const loops = sql.join(
    loopTypes.map((type) => sql`${type}`),
    sql`, `,
  );
  return db
    .select({
      run: sql<number>`r.id`,
      version: sql<number>`coalesce(r.version, 0)`,
      at: sql<number>`${timeOfR}`,
      failureType: sql<number | null>`s.failure_type`,
      isLoop: sql<number>`s.failure_type in (select id from names where name in (${loops}))`,
    })
    .from(sql`runs r left join signals s on s.run = r.id and s.gone_at is null`)
    .where(
      sql`r.agent = ${p('agent')} and ${timeOfR} >= ${p('from')} and ${timeOfR} <= ${p('end')}
        and ${isListedR}`,
    )
    .prepare();
});

/**
 * Counts the runs that an agent (by its number) made within a span: whole hours and days from what is kept of them, the rest
 * from rows. Without `end`, runs at the end itself do not count.
 */
export function countRunsOf(
  reader: Reader,
  agent: number,
  span: Span & { isEndOut?: boolean },
  grouping: Grouping,
): RunCounts {
  const counts: RunCounts = new Map();
  const add = (what: number, group: number, runs: number) => {
    const known = counts.get(what);
    if (known) known.set(group, (known.get(group) ?? 0) + runs);
    else counts.set(what, new Map([[group, runs]]));
  };
  const { restBefore, restAfter } = partsOf(span);
  const found = cells(reader, grouping).all({ agent, ...boundsOf(span) });
  for (const { what, group, runs } of found) add(what, group, runs);
  const isIn = (at: number, { from, end }: Span, isEndIn: boolean) => at >= from && (isEndIn ? at <= end : at < end);
  const seen = new Set<string>();
  const once = (run: number, what: number, group: number) => {
    const key = `${run} ${what}`;
    if (seen.has(key)) return;
    seen.add(key);
    add(what, group, 1);
  };
  for (const [part, isEndIn] of [
    [restBefore, false],
    [restAfter, span.isEndOut !== true],
  ] as const) {
    if (part.end < part.from || (part.end === part.from && !isEndIn)) continue;
    for (const { run, version, at, failureType, isLoop } of rest(reader, 'rest').all({ agent, ...part })) {
      if (!isIn(at, part, isEndIn)) continue;
      const group = grouping === 'by day' ? dayNumber(at) : grouping === 'by version' ? version : 0;
      once(run, all, group);
      if (failureType === null) continue;
      once(run, failed, group);
      if (isLoop === 1) once(run, looped, group);
      if (grouping !== 'health') once(run, failureType, group);
    }
  }
  return counts;
}

/** How many runs count as something, in one group of them. */
export const runsAs = (counts: RunCounts, what: number, group = 0): number => counts.get(what)?.get(group) ?? 0;

const listed = prepared((db) =>
  db
    .select({ runs: runCounts.runs })
    .from(runCounts)
    .where(
      and(
        eq(runCounts.agent, sql.placeholder('agent')),
        eq(runCounts.span, countedOver.ever),
        eq(runCounts.what, countedAs.all),
      ),
    )
    .prepare(),
);

/** How many runs of an agent (by its number) the API lists, at whatever time they were. */
export const listedRunCount = (reader: Reader, agent: number): number => listed(reader).get({ agent })?.runs ?? 0;
