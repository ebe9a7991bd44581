import { dayOfSql, partsOf, type Window } from '../days.ts';
import { numberOfAgent } from '../db/codes.ts';
import { countedAs } from '../db/day-tables.ts';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { isListedRun, kindsOfListed, runTime } from '../db/run-kinds.ts';

/** How runs are grouped for counting. */
export type Grouping = 'whole' | 'by day' | 'by version';

/** Counts of runs by category (`countedAs`, or the number of a failure type), then by day, version or 0. */
export type RunCounts = Map<number, Map<number, number>>;

interface Counted {
  what: number;
  day: number;
  version: number;
  runs: number;
}

const ofDays = preparedSql<Counted>(
  `select what, day, version, runs from run_days where agent = @agent and day >= @firstDay and day < @endDay`,
);

const ofEdge = preparedSql<Counted>(`
  with listed as materialized (
      select r.id, ${dayOfSql(runTime)} as day, coalesce(r.version, 0) as version from runs r
      where r.agent = @agent and ${runTime} >= @from and ${runTime} <= @to and ${runTime} is not @except and ${isListedRun}),
    ${kindsOfListed('id, day, version')}
  select what, day, version, count(*) as runs from kinds group by what, day, version`);

/** Counts an agent's runs within a window: whole days from their stored counts, the rest from rows. */
export function countRunsOf(reader: Reader, agentId: string, window: Window, grouping: Grouping): RunCounts {
  const agent = numberOfAgent(reader, agentId);
  const { edges, ...days } = partsOf(window);
  const found = [
    ...ofDays(reader).all({ agent, ...days }),
    ...edges.flatMap((edge) => ofEdge(reader).all({ agent, ...edge })),
  ];
  const counts: RunCounts = new Map();
  for (const { what, day, version, runs } of found) {
    const group = grouping === 'by day' ? day : grouping === 'by version' ? version : 0;
    const groups = counts.get(what) ?? new Map<number, number>();
    groups.set(group, (groups.get(group) ?? 0) + runs);
    counts.set(what, groups);
  }
  return counts;
}

/** How many runs one group has in a category. */
export const runsAs = (counts: RunCounts, what: number, group = 0): number => counts.get(what)?.get(group) ?? 0;

/** The failure types that were counted, by their numbers. */
export const typesIn = (counts: RunCounts): number[] => [...counts.keys()].filter((what) => what > 0);

/** Runs, and how many of them have a signal. */
export interface RunShare {
  hits: number;
  total: number;
}

/** How many of an agent's runs of a window have a signal. */
export function failedShare(reader: Reader, agentId: string, window: Window): RunShare {
  const counts = countRunsOf(reader, agentId, window, 'whole');
  return { hits: runsAs(counts, countedAs.failed), total: runsAs(counts, countedAs.all) };
}

const listed = preparedSql<{ runs: number }>(
  `select count(*) as runs from runs r where r.agent = @agent and ${isListedRun}`,
);

/** How many runs of an agent the API lists, at any time. */
export const listedRunCount = (reader: Reader, agentId: string): number =>
  listed(reader).get({ agent: numberOfAgent(reader, agentId) })?.runs ?? 0;
