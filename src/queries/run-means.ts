import { and, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { countedOver, loadCounts } from '../mirror/counts.ts';
import type { Load } from './health-formulas.ts';
import { partsOf, type Slots } from './span-parts.ts';
import { isListedR, type Span, timeOfR } from './spans.ts';

/** The mean load of a model call in each run whose events tell it, in no order: prompt tokens, and milliseconds. */
export type RunMeans = Readonly<Record<Load, Float64Array>>;

const p = sql.placeholder;
const { hour, day } = countedOver;
/** What `run_sums` has of a latency is in microseconds. */
export const usPerMs = 1000;

const meansIn = (db: Reader['db'], runs: SQL, at: SQL) =>
  db
    .select({
      tokens: sql<number | null>`total(s.prompt) / nullif(total(s.prompts), 0)`,
      latencyUs: sql<number | null>`total(s.latency_us) / nullif(total(s.latencies), 0)`,
    })
    .from(sql`${runs} join run_sums s on s.run = r.id`)
    .where(sql`r.agent = ${p('agent')} and ${at} and ${isListedR}`)
    .groupBy(sql`r.id`)
    .prepare();

/** Of whole hours, those alone that have a run with events: in a baseline these may be few of many. */
const ofHours = prepared((db) =>
  meansIn(
    db,
    sql`load_counts h cross join runs r`,
    sql`h.agent = ${p('agent')} and h.span = ${hour} and h.slot >= ${p('from')} and h.slot < ${p('until')}
      and ${timeOfR} >= h.slot * ${hour} and ${timeOfR} < (h.slot + 1) * ${hour}`,
  ),
);

const ofMoments = prepared((db) =>
  meansIn(db, sql`runs r`, sql`${timeOfR} >= ${p('from')} and ${timeOfR} < ${p('end')}`),
);

const cells = prepared((db) =>
  db
    .select({ slot: loadCounts.slot, stamp: loadCounts.stamp })
    .from(loadCounts)
    .where(
      and(
        eq(loadCounts.agent, p('agent')),
        eq(loadCounts.span, p('span')),
        gte(loadCounts.slot, p('from')),
        lt(loadCounts.slot, p('until')),
      ),
    )
    .prepare(),
);

const meansOf = (rows: readonly { tokens: number | null; latencyUs: number | null }[]): RunMeans => ({
  tokens: new Float64Array(rows.flatMap(({ tokens }) => tokens ?? [])),
  latency: new Float64Array(rows.flatMap(({ latencyUs }) => (latencyUs === null ? [] : latencyUs / usPerMs))),
});

/** One after another; there may be tens of thousands. */
function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Hours and days that are remembered: a million runs at most. */
const maxCells = 5000;

const remembered = prepared((_db) => new Map<string, { stamp: number; means: RunMeans }>());

/** The means of the runs of whole hours or days; those of one are computed again when one of its runs has changed. */
function meansOfSlots(reader: Reader, agent: number, span: number, slots: Slots): RunMeans[] {
  const known = remembered(reader);
  return cells(reader)
    .all({ agent, span, ...slots })
    .map(({ slot, stamp }) => {
      const key = `${agent} ${span} ${slot}`;
      const found = known.get(key);
      if (found?.stamp === stamp) return found.means;
      const hours = span / hour;
      const means = meansOf(ofHours(reader).all({ agent, from: slot * hours, until: (slot + 1) * hours }));
      if (known.size >= maxCells) known.clear();
      known.set(key, { stamp, means });
      return means;
    });
}

/** Of the runs with events that an agent (by its number) began within a span, but for its end. */
export function runMeans(reader: Reader, agent: number, span: Span): RunMeans {
  const { days, hoursBefore, hoursAfter, restBefore, restAfter } = partsOf(span);
  const all = [
    ...meansOfSlots(reader, agent, day, days),
    ...[hoursBefore, hoursAfter].flatMap((slots) => meansOfSlots(reader, agent, hour, slots)),
    ...[restBefore, restAfter].map((rest) => meansOf(ofMoments(reader).all({ agent, ...rest }))),
  ];
  return { tokens: joined(all.map(({ tokens }) => tokens)), latency: joined(all.map(({ latency }) => latency)) };
}
