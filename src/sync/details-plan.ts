import type { Pace } from '../api/budget.ts';
import { daySeconds } from '../days.ts';
import type { SampledRun } from '../mirror/details.ts';

/** What the low-priority lane fetches next, and how fast. All of it is pure. */

/** How much is planned at once: between batches the lane looks at the mirror anew. */
export const batchSize = 50;
/** How much of a batch the baseline's runs may take: a long backlog must not keep a health score waiting for days. */
export const baselineShare = 10;
/** Runs an agent that the baseline is made of. */
export const baselineRuns = 60;

const minuteMs = 60_000;

/** The whole UTC days from 90 to 30 days before `now`, oldest first, each by its first moment; Unix seconds. */
export function baselineDays(now: number): number[] {
  const first = Math.ceil(now / daySeconds - 90);
  const end = Math.floor(now / daySeconds - 30);
  return Array.from({ length: end - first }, (_, index) => (first + index) * daySeconds);
}

/**
 * Which runs of the baseline are still to be fetched. Each day in turn gives one run, until there are `count`; those that
 * have their detail count as well. `days` holds the runs of each day, each in the same order every time.
 */
export function baselineMissing(days: readonly (readonly SampledRun[])[], count: number = baselineRuns): string[] {
  const depth = Math.min(count, Math.max(0, ...days.map((runs) => runs.length)));
  const inTurn = Array.from({ length: depth }, (_, place) => days.flatMap((runs) => runs[place] ?? [])).flat();
  return inTurn.slice(0, count).flatMap(({ runId, hasDetail }) => (hasDetail ? [] : [runId]));
}

/** At most half of what may be asked in any minute. */
export function paceOf(requestsPerMinute: number): Pace {
  return requestsPerMinute < 2
    ? { requests: 1, ms: 2 * minuteMs }
    : { requests: Math.floor(requestsPerMinute / 2), ms: minuteMs };
}

/** For how long something that could not be fetched is left alone: an hour, twice as long each time, at most a day. */
export function setAsideMs(failures: number): number {
  return Math.min(24, 2 ** (failures - 1)) * 60 * minuteMs;
}
