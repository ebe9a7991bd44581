import * as z from 'zod';
import { wilsonInterval } from '../intervals.ts';
import { cut } from '../printable.ts';
import type { DayRate } from '../queries/failure-rates.ts';
import type { Patterns } from '../queries/patterns.ts';
import { roundHalfEven } from '../queries/rounding.ts';
import type { Share } from '../queries/shares.ts';
import type { DailyCounts } from '../queries/signal-trends.ts';
import type { RateChange, VersionChange } from '../queries/version-changes.ts';
import { maxTypes, maxVersionTypes } from '../text/patterns.ts';
import { fewRuns } from '../text/rates.ts';
import { second } from '../text/time.ts';

/** How many days one answer lists. */
const maxRows = 400;
const maxHash = 100;

const shares = { total_runs: z.number(), affected_runs: z.number(), rate: z.number() };
const shareShape = z.object(shares);
export const changeShape = z.object({
  failure_type: z.string().optional(),
  before: shareShape,
  after: shareShape,
  difference: z.number().optional(),
  interval_low: z.number().optional(),
  interval_high: z.number().optional(),
  verdict: z.enum(['regression', 'improvement']).optional(),
});

/** The 95 % interval of a rate of few runs. */
const intervals = { rate_low: z.number().optional(), rate_high: z.number().optional() };

export const trendShape = z.object({ failure_type: z.string(), day: z.string(), count: z.number() });

export const patternsShape = z.object({
  days: z.number(),
  systemic_patterns: z.array(
    z.object({
      failure_type: z.string(),
      ...shares,
      ...intervals,
      first_seen: z.string(),
      last_seen: z.string(),
      first_ever: z.string(),
      is_systemic: z.boolean(),
    }),
  ),
  signal_trends: z.array(trendShape),
  failure_rates: z.array(z.object({ failure_type: z.string(), day: z.string(), ...shares })),
  input_patterns: z.array(
    z.object({
      input_hash: z.string(),
      failure_type: z.string(),
      triggered_count: z.number(),
      total_runs: z.number(),
      rate: z.number(),
      ...intervals,
    }),
  ),
  /** Of which runs the inputs are known, and since when; there is no other window. */
  input_coverage: z.object({ runs_with_events: z.number(), runs: z.number(), since: z.string().optional() }),
  versions: z.array(
    z.object({ agent_version: z.string(), first_run: z.string(), all: changeShape, types: z.array(changeShape) }),
  ),
  /** Versions that came before these days. */
  versions_left_out: z.object({
    total: z.number(),
    items: z.array(z.object({ agent_version: z.string(), first_run: z.string() })),
  }),
});

export const rounded = (value: number) => Math.round(value * 10_000) / 10_000;

function intervalObject({ affectedRuns, totalRuns }: Share) {
  if (totalRuns === 0 || totalRuns >= fewRuns) return {};
  const { low, high } = wilsonInterval({ hits: affectedRuns, total: totalRuns });
  return { rate_low: rounded(low), rate_high: rounded(high) };
}

export const shareObject = ({ affectedRuns, totalRuns, rate }: Share) => ({
  total_runs: totalRuns,
  affected_runs: affectedRuns,
  rate: rounded(rate),
});

/** A row for each day with a signal, newest day first. */
export function trendRows(trends: readonly DailyCounts[], dayNames: readonly string[]) {
  return dayNames
    .flatMap((day, index) =>
      trends.flatMap(({ failureType, counts }) => {
        const count = counts[index] ?? 0;
        return count === 0 ? [] : [{ failure_type: failureType, day, count }];
      }),
    )
    .sort((a, b) => b.day.localeCompare(a.day));
}

export function changeObject({
  failureType,
  before,
  after,
  interval,
  verdict,
}: RateChange): z.infer<typeof changeShape> {
  return {
    ...(failureType === null ? {} : { failure_type: failureType }),
    before: shareObject(before),
    after: shareObject(after),
    ...(interval
      ? {
          difference: rounded(after.rate - before.rate),
          interval_low: rounded(interval.low),
          interval_high: rounded(interval.high),
        }
      : {}),
    ...(verdict ? { verdict } : {}),
  };
}

const versionObject = ({ version, firstRun, all, types }: VersionChange) => ({
  agent_version: version,
  first_run: second(firstRun),
  all: changeObject(all),
  types: types.slice(0, maxVersionTypes).map(changeObject),
});

const cutNote = (what: string, rows: number) =>
  rows > maxRows ? [`${what} holds the newest ${maxRows} of ${rows} rows`] : [];

/** Patterns as structured content, and notes on what was left out. */
export function patternsObject(patterns: Patterns): { structured: z.infer<typeof patternsShape>; notes: string[] } {
  const { types, trends, dayNames, rates, inputs, days, versions, leftOut } = patterns;
  const shown = new Set(rates.map(({ failureType }) => failureType).slice(0, maxTypes));
  for (const { failureType } of types.slice(0, maxTypes)) shown.add(failureType);
  const trendsShown = trendRows(trends.slice(0, maxTypes), dayNames);
  const ratesShown: DayRate[] = rates.filter(({ failureType }) => shown.has(failureType));
  return {
    structured: {
      days,
      systemic_patterns: types.slice(0, maxTypes).map((type) => ({
        failure_type: type.failureType,
        ...shareObject(type),
        ...intervalObject(type),
        first_seen: second(type.firstSeen),
        last_seen: second(type.lastSeen),
        first_ever: second(patterns.firstEver.get(type.failureType) ?? type.firstSeen),
        is_systemic: type.isSystemic,
      })),
      signal_trends: trendsShown.slice(0, maxRows),
      failure_rates: ratesShown.slice(0, maxRows).map((rate) => ({
        failure_type: rate.failureType,
        day: rate.day,
        ...shareObject(rate),
      })),
      input_patterns: inputs.patterns.map((input) => ({
        input_hash: cut(input.inputHash, maxHash),
        failure_type: input.failureType,
        triggered_count: input.affectedRuns,
        total_runs: input.totalRuns,
        // As the server's dashboard has it.
        rate: roundHalfEven(input.rate, 2),
        ...intervalObject(input),
      })),
      input_coverage: {
        runs_with_events: inputs.runsWithEvents,
        runs: inputs.runs,
        ...(patterns.inputsSince === null ? {} : { since: second(patterns.inputsSince) }),
      },
      versions: versions.map(versionObject),
      versions_left_out: {
        total: leftOut.total,
        items: leftOut.items.map(({ version, firstRun }) => ({ agent_version: version, first_run: second(firstRun) })),
      },
    },
    notes: [...cutNote('signal_trends', trendsShown.length), ...cutNote('failure_rates', ratesShown.length)],
  };
}
