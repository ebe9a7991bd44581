import { dayOf, endOfDay, partsOf, startOfDay } from '../days.ts';
import type { Reader } from '../db/open.ts';
import { preparedTexts } from '../db/prepared.ts';
import { remembered } from '../db/remembered.ts';
import { isListedRun } from '../db/run-kinds.ts';
import { holders, holdsItself, isAmongHolders } from './full-text.ts';
import { anyName, type CodedFilter, codeFilter, type SignalFilter } from './signal-filter.ts';

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

/** Ordered by agent, as the days are, so that a query for some days of all agents does not read all rows. */
const days = 'agents a cross join signal_days d on d.agent = a.id and d.day >= @first and d.day <= @last';

/** Whole days are summed from their stored counts, the rest is counted row by row. */
function extentOfNames(reader: Reader, { names, since, until }: CodedFilter): Extent {
  const { edges, firstDay, endDay } = partsOf({ from: since, end: until });
  const bound = { first: dayOf(since), last: dayOf(until), firstDay, endDay };
  // The days that have signals of certain names show where to look for a rare one.
  const ends = names === anyName ? 'null as first, null as last' : 'min(d.day) as first, max(d.day) as last';
  const isWhole = edges.length === 0 ? '' : 'filter (where d.day >= @firstDay and d.day < @endDay)';
  const counted = daysText(
    reader,
    `select total(signals) ${isWhole} as total, ${ends} from ${days} where ${names}`,
  ).get(bound);
  const ofEdge = countText(
    reader,
    `select count(*) as count from signals s where ${names} and gone_at is null
       and detected_at >= @from and detected_at <= @to and detected_at is not @except`,
  );
  return {
    total: edges.reduce((sum, edge) => sum + (ofEdge.get({ ...edge })?.count ?? 0), counted?.total ?? 0),
    from: counted?.first == null ? since : Math.max(since, startOfDay(counted.first)),
    to: counted?.last == null ? until : Math.min(until, endOfDay(counted.last)),
  };
}

/** The conditions for signals `s` that match a filter and contain its further terms. */
export const matchesRest = ({ names, terms }: CodedFilter): string =>
  [
    names,
    's.gone_at is null',
    's.detected_at >= @from',
    's.detected_at <= @to',
    ...terms.slice(1).map(isAmongHolders),
  ].join(' and ');

/**
 * Where to look for the signals `s` of runs with an input, and the condition to add: an input has few runs, so these are
 * found first, whatever else is asked. Left to itself, SQLite would walk an agent's signals.
 */
export const ofInput = ({ terms }: CodedFilter): readonly [from: string, condition: string] => [
  'signals s indexed by signals_run',
  [
    `s.run in (select r.id from agents a cross join runs r indexed by runs_agent_input
      on r.agent = a.id and r.input = @input and ${isListedRun})`,
    ...terms.map(holdsItself),
  ].join(' and '),
];

function extentOfInput(reader: Reader, coded: CodedFilter): Extent {
  const [from, to] = [coded.since, coded.until];
  const [source, condition] = ofInput(coded);
  const text = `select count(*) as count from ${source} where ${condition} and ${matchesRest({ ...coded, terms: [] })}`;
  return { total: countText(reader, text).get({ ...coded.values, from, to })?.count ?? 0, from, to };
}

const rememberedTotal = remembered<number>();

/** All pages of a search share one total, which is slow to compute for a frequent word. */
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
  if (coded.hasInput) return extentOfInput(reader, coded);
  const extent = extentOfNames(reader, coded);
  if (extent.total === 0 || coded.terms.length === 0) return extent;
  return { ...extent, total: countHolders(reader, coded, extent) };
}

/** How many signals there are. */
export function countSignals(reader: Reader, filter: SignalFilter): number {
  const coded = codeFilter(reader, filter);
  return coded ? extentOf(reader, coded).total : 0;
}
