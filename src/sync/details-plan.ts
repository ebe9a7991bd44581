import type { Pace } from '../api/budget.ts';
import { daySeconds } from '../days.ts';
import type { SampledRun } from '../mirror/details.ts';

/** Plans what the low-priority lane fetches next, and how fast. Everything here is pure. */

/** How much the lane plans at once: between batches it looks at the mirror again. */
export const batchSize = 50;
/** How much of a batch the baseline's runs may take: a long backlog must not delay a health score for days. */
export const baselineShare = 10;
/** How many of an agent's runs its baseline takes. */
export const baselineRuns = 60;

const minuteMs = 60_000;

/**
 * The UTC days from 90 to 30 days before `now`, oldest first, each from a moment until before another one (Unix seconds).
 * The first and the last are parts of days, as the window is.
 */
export function baselineDays(now: number): { from: number; until: number }[] {
  const [start, end] = [now - 90 * daySeconds, now - 30 * daySeconds];
  const first = Math.floor(start / daySeconds);
  const count = Math.ceil(end / daySeconds) - first;
  return Array.from({ length: count }, (_, index) => ({
    from: Math.max(start, (first + index) * daySeconds),
    until: Math.min(end, (first + index + 1) * daySeconds),
  }));
}

/**
 * The baseline runs that the lane has yet to fetch. It takes one run from each day in turn, up to `count`; runs that
 * already have their detail count as well. `days` holds the runs of each day, each in the same order every time.
 */
export function baselineMissing(days: readonly (readonly SampledRun[])[], count: number = baselineRuns): string[] {
  const depth = Math.min(count, Math.max(0, ...days.map((runs) => runs.length)));
  const roundRobin = Array.from({ length: depth }, (_, place) => days.flatMap((runs) => runs[place] ?? [])).flat();
  return roundRobin.slice(0, count).flatMap(({ runId, hasDetail }) => (hasDetail ? [] : [runId]));
}

/** The lane may use at most half of each minute's requests. */
export function paceOf(requestsPerMinute: number): Pace {
  return requestsPerMinute < 2
    ? { requests: 1, ms: 2 * minuteMs }
    : { requests: Math.floor(requestsPerMinute / 2), ms: minuteMs };
}

/** How far the events of runs are mirrored, and what a server still fetches. */
export interface EventsState {
  /** Runs, and those whose events are mirrored. */
  runs: number;
  withEvents: number;
  /** Runs whose events a server fetches, as they are of the last `eventsDays` days. */
  missing: number;
  eventsDays: number;
  requestsPerMinute: number;
}

export interface EventsPlan extends EventsState {
  /** How long the lane takes for the missing ones at its pace, if the API is quick and nothing else comes first. */
  seconds: number;
}

/** Says how long the lane takes for the events that are missing. */
export function planEvents(state: EventsState): EventsPlan {
  const { requests, ms } = paceOf(state.requestsPerMinute);
  return { ...state, seconds: (state.missing / requests) * (ms / 1000) };
}

/**
 * How long the lane waits before it retries a failed fetch: an hour, twice as long after each failure, at most a day.
 */
export function backoffMs(failures: number): number {
  return Math.min(24, 2 ** (failures - 1)) * 60 * minuteMs;
}
