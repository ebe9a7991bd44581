import { dayName, daySeconds, lastDays, startOfDay } from '../days.ts';
import { nameOf, numberOfAgent, numbersOfNames } from '../db/codes.ts';
import { countedAs } from '../db/day-tables.ts';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { isListedRun, runTime } from '../db/run-kinds.ts';
import { type EvidenceSummary, summarizeEvidence } from './evidence-summary.ts';
import { countRunsOf, listedRunCount, runsAs } from './run-counts.ts';
import { type Share, shareOf } from './shares.ts';
import { signalTrends } from './signal-trends.ts';
import { type TextState, textState } from './texts.ts';
import { typesEver } from './type-counts.ts';

/** The steps at which signals occurred; each value is the step of a real signal. */
export interface Steps {
  p25: number;
  p50: number;
  p75: number;
}

export interface AffectedRun {
  runId: string;
  /** Unix seconds. */
  at: number;
  /** Newest first. */
  signalIds: number[];
}

/** One failure type of an agent in depth. Times are Unix seconds. */
export interface FailureDetail extends Share {
  failureType: string;
  days: number;
  /** Signals of the affected runs. */
  signals: number;
  /** Of these signals; null when there are none. */
  firstSeen: number | null;
  lastSeen: number | null;
  /** The same of all runs and signals that are mirrored; null when there are none. */
  ever: (Share & { firstSeen: number; lastSeen: number }) | null;
  severities: { severity: string; count: number }[];
  /** null when no signal names its step. */
  steps: Steps | null;
  evidence: EvidenceSummary;
  texts: TextState;
  /**
   * Each of the last days, oldest first: signals by time of detection, as search_signals counts them, and runs by their
   * start.
   */
  trend: ({ day: string; count: number } & Share)[];
  /** Other types in the affected runs, the most frequent first. */
  together: { failureType: string; runs: number }[];
  newestRuns: AffectedRun[];
}

export const detailDays = 30;
const trendDays = 14;
const maxTogether = 10;
const maxRuns = 5;
const maxRunSignals = 10;

/**
 * The quartiles of steps, from how many signals there are at each (by ascending step): the smallest step that at least
 * that share of the signals does not exceed. Source: the empirical distribution's inverse (definition 1 of R. J.
 * Hyndman, Y. Fan, Sample quantiles in statistical packages, The American Statistician 50 (1996) 361-365).
 */
export function quartiles(counts: readonly { step: number; count: number }[]): Steps | null {
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const at = (share: number) => {
    let below = 0;
    return counts.find(({ count }) => {
      below += count;
      return below >= share * total;
    })?.step;
  };
  const [p25, p50, p75] = [at(0.25), at(0.5), at(0.75)];
  return p25 === undefined || p50 === undefined || p75 === undefined ? null : { p25, p50, p75 };
}

/** A signal of a run that took place at the time `at`. */
interface Struck {
  run: number;
  at: number;
  key: number;
  severity: number;
  step: number | null;
  detectedAt: number;
}

/** Rows are read once and summed up here: each pass over the runs takes longer than all of the sums. */
const struckIn = preparedSql<Struck>(`
  select s.run, ${runTime} as at, s.key, s.severity, s.step_index as step, s.detected_at as detectedAt
  from runs r cross join signals s on s.run = r.id and s.gone_at is null
    and s.failure_type = (select id from names where name = @failureType)
  where r.agent = @agent and ${runTime} >= @from and ${runTime} <= @end and ${isListedRun}`);

const typesOfRuns = preparedSql<{ failureType: string; runs: number }>(`
  select n.name as failureType, count(distinct s.run) as runs from signals s join names n on n.id = s.failure_type
  where s.run in (select value from json_each(@runs)) and n.name <> @failureType and s.gone_at is null
  group by n.name order by runs desc, n.name limit ${maxTogether}`);

const newerFirst = (a: Struck, b: Struck) => b.detectedAt - a.detectedAt || a.key - b.key;

/**
 * One failure type of an agent over the 30 days up to `end` (Unix seconds), from the agent's runs in these days and
 * their signals of the type; `failureType` is spelled as the API spells it.
 */
export function failureDetail(reader: Reader, agentId: string, failureType: string, end: number): FailureDetail {
  const window = { from: end - detailDays * daySeconds, end };
  const agent = numberOfAgent(reader, agentId);
  const struck = struckIn(reader)
    .all({ agent, failureType, ...window })
    .sort(newerFirst);
  const severities = tally(struck.map(({ severity }) => severity))
    .map(([severity, count]) => ({ severity: nameOf(reader, severity), count }))
    .sort((a, b) => b.count - a.count || (a.severity < b.severity ? -1 : 1));
  const steps = tally(struck.flatMap(({ step }) => step ?? []))
    .map(([step, count]) => ({ step, count }))
    .sort((a, b) => a.step - b.step);
  const affected = [...new Set(struck.map(({ run }) => run))];
  const calendar = lastDays(end, trendDays);

  return {
    failureType,
    days: detailDays,
    ...shareOf(affected.length, runsAs(countRunsOf(reader, agentId, window, 'whole'), countedAs.all)),
    signals: struck.length,
    firstSeen: struck.at(-1)?.detectedAt ?? null,
    lastSeen: struck[0]?.detectedAt ?? null,
    ever: everOf(reader, agentId, failureType),
    severities,
    steps: quartiles(steps),
    evidence: summarizeEvidence(
      reader,
      struck.map(({ key }) => key),
    ),
    texts: textState(reader),
    trend: trendOf(reader, agentId, failureType, { calendar, end }),
    together: typesOfRuns(reader).all({ runs: JSON.stringify(affected), failureType }),
    newestRuns: newestRuns(reader, struck),
  };
}

function everOf(reader: Reader, agentId: string, failureType: string): FailureDetail['ever'] {
  const ever = typesEver(reader, agentId).find((type) => type.failureType === failureType);
  if (!ever) return null;
  const { affectedRuns, firstSeen, lastSeen } = ever;
  return { ...shareOf(affectedRuns, listedRunCount(reader, agentId)), firstSeen, lastSeen };
}

function trendOf(
  reader: Reader,
  agentId: string,
  failureType: string,
  { calendar, end }: { calendar: readonly number[]; end: number },
): FailureDetail['trend'] {
  const daily = signalTrends(reader, agentId, calendar).find((trend) => trend.failureType === failureType);
  const runs = countRunsOf(reader, agentId, { from: startOfDay(calendar[0] ?? 0), end }, 'by day');
  const [type] = numbersOfNames(reader, [failureType]);
  return calendar.map((day, index) => ({
    day: dayName(day),
    count: daily?.counts[index] ?? 0,
    ...shareOf(type === undefined ? 0 : runsAs(runs, type, day), runsAs(runs, countedAs.all, day)),
  }));
}

/** How often each value occurs. */
function tally(values: readonly number[]): [value: number, count: number][] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts];
}

const runIds = preparedSql<{ run: number; runId: string }>(
  'select id as run, run_id as runId from runs where id in (select value from json_each(@runs))',
);

/** The runs of signals, newest first; the signals are already in order. */
function newestRuns(reader: Reader, struck: readonly Struck[]): AffectedRun[] {
  const times = [...new Map(struck.map(({ run, at }) => [run, at]))].sort(([, a], [, b]) => b - a);
  const oldest = times[maxRuns - 1]?.[1] ?? Number.NEGATIVE_INFINITY;
  // Among runs at the same moment, the one with the lower id comes first.
  const candidates = times.filter(([, at]) => at >= oldest).map(([run]) => run);
  const found = runIds(reader).all({ runs: JSON.stringify(candidates) });
  const idOf = new Map(found.map(({ run, runId }) => [run, runId]));
  return times
    .flatMap(([run, at]) => {
      const runId = idOf.get(run);
      return runId === undefined ? [] : [{ run, runId, at }];
    })
    .sort((a, b) => b.at - a.at || (a.runId < b.runId ? -1 : 1))
    .slice(0, maxRuns)
    .map(({ run, runId, at }) => ({
      runId,
      at,
      signalIds: struck
        .filter((signal) => signal.run === run)
        .slice(0, maxRunSignals)
        .map(({ key }) => -key),
    }));
}
