import { and, type Column, eq, gte, inArray, lt, lte, sql } from 'drizzle-orm';
import type { Reader } from '../db/open.ts';
import { preparedByShape } from '../db/prepared.ts';
import { agents, signals } from '../db/schema.ts';
import { untilChanged } from '../db/unchanged.ts';
import { countedOver, signalCounts } from '../mirror/counts.ts';
import {
  type CodedFilter,
  codeFilter,
  conditionOf,
  type FilterShape,
  namesMatch,
  type SignalFilter,
} from './signal-filter.ts';

/** What the counts tell of the signals of a filter, whatever their time and words. Times are Unix seconds. */
export interface Extent {
  total: number;
  firstAt: number;
  lastAt: number;
}

/** Counts of one span, in a column of which is the version; the agent is named first, by which they are ordered. */
const cells = (db: Reader['db'], shape: FilterShape, span: number, version: Column = signalCounts.version) =>
  and(
    shape.agent ? undefined : inArray(signalCounts.agent, db.select({ id: agents.id }).from(agents)),
    eq(signalCounts.span, sql.raw(String(span))),
    namesMatch({ ...signalCounts, version }, shape),
  );

/** Of all versions at once, or of some, which are looked for by the slot: so they are ordered. */
const cellsOfAllTime = (db: Reader['db'], shape: FilterShape) =>
  shape.versions > 0
    ? cells(db, shape, countedOver.everOfVersion, signalCounts.slot)
    : cells(db, shape, countedOver.ever);

const extentOfShape = preparedByShape((db, shape: FilterShape) =>
  db
    .select({
      total: sql<number>`coalesce(sum(${signalCounts.signals}), 0)`,
      firstAt: sql<number | null>`min(${signalCounts.firstAt})`,
      lastAt: sql<number | null>`max(${signalCounts.lastAt})`,
    })
    .from(signalCounts)
    .where(cellsOfAllTime(db, shape))
    .prepare(),
);

const daysOfShape = preparedByShape((db, shape: FilterShape) =>
  db
    .select({ total: sql<number>`coalesce(sum(${signalCounts.signals}), 0)` })
    .from(signalCounts)
    .where(
      and(
        cells(db, shape, countedOver.day),
        gte(signalCounts.slot, sql.placeholder('firstDay')),
        lt(signalCounts.slot, sql.placeholder('endDay')),
      ),
    )
    .prepare(),
);

/** `end` of a span that is counted row by row: does it belong to the span? */
type End = 'with its end' | 'without its end';

const rowsOfShape = preparedByShape((db, { end, ...shape }: FilterShape & { end: End }) => {
  const isBefore = end === 'with its end' ? lte : lt;
  return db
    .select({ total: sql<number>`count(*)` })
    .from(signals)
    .where(
      and(
        conditionOf(shape),
        gte(signals.detectedAt, sql.placeholder('from')),
        isBefore(signals.detectedAt, sql.placeholder('to')),
      ),
    )
    .prepare();
});

function countRows(reader: Reader, { shape, values }: CodedFilter, from: number, to: number, end: End): number {
  return rowsOfShape(reader, { ...shape, end }).get({ ...values, from, to })?.total ?? 0;
}

/** A count of rows whose beginning moves with the clock. */
interface Sliding {
  from: number;
  count: number;
}

const sliding = untilChanged<{ last?: Sliding }>();

/** As countRows without its end; where the beginning has moved on a little, only what was left behind is counted. */
function countSliding(reader: Reader, coded: CodedFilter, from: number, to: number): number {
  const known = sliding(reader, JSON.stringify([coded.shape, coded.values, to]), () => ({}));
  const { last } = known;
  const count =
    last && last.from <= from && from <= to
      ? last.count - countRows(reader, coded, last.from, from, 'without its end')
      : countRows(reader, coded, from, to, 'without its end');
  known.last = { from, count };
  return count;
}

const remembered = untilChanged<Extent>();

/** How many signals of the names in a filter there are, and between which times. */
export function extentOf(reader: Reader, coded: CodedFilter): Extent {
  return remembered(reader, JSON.stringify([coded.shape, coded.values]), () => readExtent(reader, coded));
}

function readExtent(reader: Reader, { shape, values }: CodedFilter): Extent {
  const named = { ...shape, terms: [] };
  const { total = 0, firstAt = null, lastAt = null } = extentOfShape(reader, named).get(values) ?? {};
  return { total, firstAt: firstAt ?? Number.POSITIVE_INFINITY, lastAt: lastAt ?? Number.NEGATIVE_INFINITY };
}

const rememberedTotal = untilChanged<number>();

/** Full text is counted anew only when the mirror has changed: the pages of one search have one total. */
function countHolding(reader: Reader, coded: CodedFilter, from: number, to: number): number {
  const key = JSON.stringify([coded.shape, coded.values, from, to]);
  return rememberedTotal(reader, key, () => countRows(reader, coded, from, to, 'with its end'));
}

function countDays(reader: Reader, { shape, values }: CodedFilter, firstDay: number, endDay: number): number {
  const bound = { ...values, firstDay, endDay };
  return rememberedTotal(
    reader,
    JSON.stringify([shape, bound]),
    () => daysOfShape(reader, shape).get(bound)?.total ?? 0,
  );
}

/** How many signals match: whole days are summed up from their counts, the rest is counted row by row. */
export function countCoded(reader: Reader, coded: CodedFilter, { total, firstAt, lastAt }: Extent): number {
  const { since, until, shape } = coded;
  if (total === 0 || since > lastAt || until < firstAt) return 0;
  const from = Math.max(since, firstAt);
  const to = Math.min(until, lastAt);
  if (shape.terms.length > 0) return countHolding(reader, coded, from, to);
  if (since <= firstAt && until >= lastAt) return total;
  // No signal lies before the first or after the last one: their days are whole.
  const firstDay = since <= firstAt ? Math.floor(from / countedOver.day) : Math.ceil(from / countedOver.day);
  const endDay = Math.floor(to / countedOver.day) + (until >= lastAt ? 1 : 0);
  // Times before 1970 and after 9999, of which days are no days, are counted row by row too.
  if (firstDay >= endDay || firstDay < 0 || endDay > maxDay) return countRows(reader, coded, from, to, 'with its end');
  return (
    countSliding(reader, coded, from, firstDay * countedOver.day) +
    countDays(reader, coded, firstDay, endDay) +
    countRows(reader, coded, endDay * countedOver.day, to, 'with its end')
  );
}

/** Days after this one are counted as one. */
const maxDay = 253_402_300_800 / countedOver.day;

/** How many signals there are. */
export function countSignals(reader: Reader, filter: SignalFilter): number {
  const coded = codeFilter(reader, filter);
  return coded ? countCoded(reader, coded, extentOf(reader, coded)) : 0;
}
