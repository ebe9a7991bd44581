import { type SQL, sql } from 'drizzle-orm';
import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { type Load, percentile75 } from './health-formulas.ts';
import { runMeans, usPerMs } from './run-means.ts';
import { boundsOf, ofTheRest, ofWholeSlots } from './span-parts.ts';
import { isListedR, type Span } from './spans.ts';

/** What an agent's model calls of a window take. */
export interface WindowLoads {
  /** Runs of the window whose events are mirrored. */
  withEvents: number;
  /** Over all model calls of the window; null: none tells it. */
  means: Record<Load, number | null>;
}

/** The same, and what they took before. */
export interface Loads extends WindowLoads {
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

const p = sql.placeholder;

/** Whole hours and days as they are kept; of the rest the runs, the first row of each of which counts as a run. */
const windowSums = prepared((db) => {
  const kept = (isAskedFor: SQL) => sql`
    select runs, prompt, prompts, latency_us, latencies from load_counts where agent = ${p('agent')} and ${isAskedFor}`;
  const rest = (isAskedFor: SQL) => sql`
    select s.model = (select min(model) from run_sums where run = r.id), s.prompt, s.prompts, s.latency_us, s.latencies
    from runs r join run_sums s on s.run = r.id where r.agent = ${p('agent')} and ${isAskedFor} and ${isListedR}`;
  return db
    .select({
      withEvents: sql<number>`coalesce(sum(runs), 0)`,
      tokens: sql<number | null>`total(prompt) / nullif(total(prompts), 0)`,
      latency: sql<number | null>`total(latency_us) / nullif(total(latencies), 0) / ${sql.raw(`${usPerMs}.0`)}`,
    })
    .from(sql`(${ofWholeSlots(kept)} union all ${ofTheRest(rest)})`)
    .prepare();
});

/** What the model calls of an agent (by its number) take within a span, from the events that are mirrored. */
export function windowLoads(reader: Reader, agent: number, span: Span): WindowLoads {
  const { withEvents = 0, tokens = null, latency = null } = windowSums(reader).get({ agent, ...boundsOf(span) }) ?? {};
  return { withEvents, means: { tokens, latency } };
}

function baselineOf(means: Float64Array): number | null {
  return means.length < minBaselineRuns ? null : percentile75(means) || null;
}

/** What they take in a window, and took before it. */
export function agentLoads(reader: Reader, agent: number, { baselineFrom, from, end }: LoadSpan): Loads {
  const before = runMeans(reader, agent, { from: baselineFrom, end: from });
  return {
    ...windowLoads(reader, agent, { from, end }),
    baselines: { tokens: baselineOf(before.tokens), latency: baselineOf(before.latency) },
  };
}
