import { and, eq, lt, sql } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { runSums, runs } from '../mirror/schema.ts';
import { type Load, percentile75 } from './health-formulas.ts';
import { prepared } from './prepared.ts';
import { runTime } from './spans.ts';
import { inWindow } from './windows.ts';

/** What an agent's model calls take, and took. */
export interface Loads {
  /** Runs of the window whose events are mirrored. */
  withEvents: number;
  /** Over all model calls of the window; null: none tells it. */
  means: Record<Load, number | null>;
  /** What the means of each run before the window are below of, for three quarters of them; null: too few runs tell it. */
  baselines: Record<Load, number | null>;
}

/** From where the window and the baseline before it reach, in Unix seconds; the window's end is in it. */
export interface LoadSpan {
  baselineFrom: number;
  from: number;
  end: number;
}

const minBaselineRuns = 20;

const usPerMs = 1000;

const windowSums = prepared((db) =>
  db
    .select({
      withEvents: sql<number>`count(distinct ${runs.id})`,
      tokens: sql<number | null>`total(${runSums.prompt}) / nullif(total(${runSums.prompts}), 0)`,
      latency: sql<
        number | null
      >`total(${runSums.latency}) / nullif(total(${runSums.latencies}), 0) / ${sql.raw(`${usPerMs}.0`)}`,
    })
    .from(runs)
    .innerJoin(runSums, eq(runSums.run, runs.id))
    .where(inWindow)
    .prepare(),
);

/** Those of each run with events that began at `from` or later, and before `end`. */
const meansOfRuns = prepared((db) =>
  db
    .select({
      tokens: sql<number | null>`total(${runSums.prompt}) / nullif(total(${runSums.prompts}), 0)`,
      latencyUs: sql<number | null>`total(${runSums.latency}) / nullif(total(${runSums.latencies}), 0)`,
    })
    .from(runs)
    .innerJoin(runSums, eq(runSums.run, runs.id))
    .where(and(inWindow, lt(runTime, sql.placeholder('end'))))
    .groupBy(runs.id)
    .prepare(),
);

function baselineOf(means: readonly (number | null)[]): number | null {
  const known = means.flatMap((mean) => mean ?? []);
  return known.length < minBaselineRuns ? null : percentile75(known) || null;
}

/** What the model calls of an agent take, from the events that are mirrored. */
export function agentLoads(reader: Reader, agentId: string, span: LoadSpan): Loads {
  const { baselineFrom, from, end } = span;
  const sums = windowSums(reader).get({ agentId, from, end });
  const before = meansOfRuns(reader).all({ agentId, from: baselineFrom, end: from });
  return {
    withEvents: sums?.withEvents ?? 0,
    means: { tokens: sums?.tokens ?? null, latency: sums?.latency ?? null },
    baselines: {
      tokens: baselineOf(before.map(({ tokens }) => tokens)),
      latency: baselineOf(before.map(({ latencyUs }) => latencyUs && latencyUs / usPerMs)),
    },
  };
}
