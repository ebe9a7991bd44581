import { endOfDay, partsOf, startOfDay } from '../days.ts';
import type { Reader } from '../db/open.ts';
import { preparedTexts } from '../db/prepared.ts';
import { remembered } from '../db/remembered.ts';
import { holders, isAmongHolders } from './full-text.ts';
import { type CodedFilter, codeFilter, type SignalFilter } from './signal-filter.ts';

/** The signals that match a filter: how many there are, and between which times to look for them (Unix seconds). */
export interface Extent {
  total: number;
  from: number;
  to: number;
}

interface Days {
  total: number;
  first: number | null;
  last: number | null;
}

const daysText = preparedTexts<Days>();
const countText = preparedTexts<{ count: number }>();

/** Whole days are summed up as they are counted, the rest is counted row by row. */
function extentOfNames(reader: Reader, { names, since, until }: CodedFilter): Extent {
  const { edges, ...parts } = partsOf({ from: since, end: until });
  const days = daysText(
    reader,
    `select coalesce(sum(signals) filter (where day >= @firstDay and day < @endDay), 0) as total,
       min(day) as first, max(day) as last from signal_days where ${names}`,
  ).get(parts);
  if (!days || days.first === null || days.last === null) return { total: 0, from: since, to: until };
  const counted = edges.map((edge) =>
    countText(
      reader,
      `select count(*) as count from signals s where ${names} and gone_at is null
         and detected_at >= @from and detected_at <= @to and detected_at is not @except`,
    ).get({ ...edge }),
  );
  return {
    total: counted.reduce((sum, found) => sum + (found?.count ?? 0), days.total),
    from: Math.max(since, startOfDay(days.first)),
    to: Math.min(until, endOfDay(days.last)),
  };
}

/** The conditions of signals `s` that match a filter and hold its further terms. */
export const matchesRest = ({ names, terms }: CodedFilter): string =>
  [
    names,
    's.gone_at is null',
    's.detected_at >= @from',
    's.detected_at <= @to',
    ...terms.slice(1).map(isAmongHolders),
  ].join(' and ');

const rememberedTotal = remembered<number>();

/** The pages of one search have one total, which takes long where a word is frequent. */
function countHolders(reader: Reader, coded: CodedFilter, { from, to }: Extent): number {
  const [first = ''] = coded.terms;
  const values = { ...coded.values, from, to };
  return rememberedTotal(reader, JSON.stringify([coded.names, values]), () =>
    holders(first).reduce((total, [source, condition]) => {
      const text = `select count(*) as count from ${source} where ${condition} and ${matchesRest(coded)}`;
      return total + (countText(reader, text).get(values)?.count ?? 0);
    }, 0),
  );
}

export function extentOf(reader: Reader, coded: CodedFilter): Extent {
  const extent = extentOfNames(reader, coded);
  if (coded.terms.length === 0 || extent.total === 0) return extent;
  return { ...extent, total: countHolders(reader, coded, extent) };
}

/** How many signals there are. */
export function countSignals(reader: Reader, filter: SignalFilter): number {
  const coded = codeFilter(reader, filter);
  return coded ? extentOf(reader, coded).total : 0;
}
