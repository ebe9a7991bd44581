import { type SQL, sql } from 'drizzle-orm';
import { countedOver } from '../mirror/counts.ts';
import type { Reader } from '../mirror/open.ts';
import { type Load, percentile75 } from './health-formulas.ts';
import { prepared } from './prepared.ts';
import { runMeans } from './run-means.ts';
import { boundsOf } from './span-parts.ts';
import type { Span } from './spans.ts';

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

const usPerMs = 1000;

const p = sql.placeholder;
const { hour, day } = countedOver;

/** Whole hours and days as they are kept; of the rest the runs, the first row of each of which counts as a run. */
const windowSums = prepared((db) => {
  const slots = (span: number, from: string, until: string) => sql`
    select runs, prompt, prompts, latency_us, latencies from load_counts
    where agent = ${p('agent')} and span = ${span} and slot >= ${p(from)} and slot < ${p(until)}`;
  const time = sql`coalesce(r.started_at, r.completed_at)`;
  const rest = (at: SQL) => sql`
    select s.model = (select min(model) from run_sums where run = r.id), s.prompt, s.prompts, s.latency_us, s.latencies
    from runs r join run_sums s on s.run = r.id
    where r.agent = ${p('agent')} and ${at} and r.gone_at is null and r.pass is not null`;
  return db
    .select({
      withEvents: sql<number>`coalesce(sum(runs), 0)`,
      tokens: sql<number | null>`total(prompt) / nullif(total(prompts), 0)`,
      latency: sql<number | null>`total(latency_us) / nullif(total(latencies), 0) / ${sql.raw(`${usPerMs}.0`)}`,
    })
    .from(
      sql`(${slots(day, 'dayFrom', 'dayUntil')}
        union all ${slots(hour, 'beforeFrom', 'beforeUntil')}
        union all ${slots(hour, 'afterFrom', 'afterUntil')}
        union all ${rest(sql`${time} >= ${p('from')} and ${time} < ${p('restEnd')}`)}
        union all ${rest(sql`${time} >= ${p('restFrom')} and ${time} <= ${p('end')}`)})`,
    )
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
