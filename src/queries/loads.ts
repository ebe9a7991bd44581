import { partsOf, type Window } from '../days.ts';
import { numberOfAgent } from '../db/codes.ts';
import { countedAs } from '../db/day-tables.ts';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { isListedRun, runTime } from '../db/run-kinds.ts';
import { isGeneration3 } from './generation.ts';
import { type Load, percentile75 } from './health-formulas.ts';

/** The load of an agent's model calls in a window. */
export interface WindowLoads {
  /** Runs of the window whose events are mirrored. */
  withEvents: number;
  /** Means over all model calls of the window; null: no call reports the value. */
  means: Record<Load, number | null>;
}

const minBaselineRuns = 20;
/** Latencies are stored in microseconds. */
const usPerMs = 1000;

interface Sums {
  withEvents: number;
  prompt: number;
  prompts: number;
  toldPrompt: number;
  told: number;
  latency: number;
  latencies: number;
}

const ofDays = preparedSql<Sums>(`
  select with_events as withEvents, prompt, prompts, told_prompt as toldPrompt, told, latency_us as latency, latencies
  from run_days
  where agent = @agent and day >= @firstDay and day < @endDay and what = ${countedAs.all}`);

const sumsOfRuns = `from runs r join run_sums s on s.run = r.id
  where r.agent = @agent and ${runTime} >= @from and ${runTime} <= @to and ${runTime} is not @except and ${isListedRun}`;

const ofEdge = preparedSql<Sums>(`
  select count(distinct r.id) as withEvents, total(s.prompt) as prompt, total(s.prompts) as prompts,
    total(s.called) + total(s.responded) as toldPrompt, total(s.told) as told, total(s.latency_us) as latency, total(s.latencies) as latencies ${sumsOfRuns}`);

/**
 * The load of an agent's model calls within a window, from the mirrored events. For generation 3, all values of prompt
 * tokens on either event of a call count, zeros too; before, one for each call.
 * Source: docs/customer-api.md, 'How the server computes its analytics'.
 */
export function windowLoads(reader: Reader, agentId: string, window: Window): WindowLoads {
  const agent = numberOfAgent(reader, agentId);
  const { edges, ...days } = partsOf(window);
  const parts = [
    ...ofDays(reader).all({ agent, ...days }),
    ...edges.flatMap((edge) => ofEdge(reader).all({ agent, ...edge })),
  ];
  const sum = (of: keyof Sums) => parts.reduce((total, part) => total + part[of], 0);
  const mean = (total: number, count: number) => (count === 0 ? null : total / count);
  const latency = mean(sum('latency'), sum('latencies'));
  const tokens = isGeneration3(reader) ? mean(sum('toldPrompt'), sum('told')) : mean(sum('prompt'), sum('prompts'));
  return {
    withEvents: sum('withEvents'),
    means: { tokens, latency: latency === null ? null : latency / usPerMs },
  };
}

const meansOfRuns = preparedSql<{ tokens: number | null; told: number | null; latency: number | null }>(`
  select total(s.prompt) / nullif(total(s.prompts), 0) as tokens,
    (total(s.called) + total(s.responded)) / nullif(total(s.told), 0) as told,
    total(s.latency_us) / nullif(total(s.latencies), 0) as latency ${sumsOfRuns} and r.detail_at is not null group by r.id`);

const baselineOf = (means: readonly number[]): number | null =>
  means.length < minBaselineRuns ? null : percentile75(means) || null;

/**
 * The load of a run's mean call that three quarters of the runs in a window do not exceed: prompt tokens, and
 * milliseconds. Runs whose events are known to be incomplete are left out. null: too few runs have the value.
 */
export function baselineLoads(reader: Reader, agentId: string, { from, end }: Window): Record<Load, number | null> {
  const agent = numberOfAgent(reader, agentId);
  const means = meansOfRuns(reader).all({ agent, from, to: end, except: end });
  const isTold = isGeneration3(reader);
  return {
    tokens: baselineOf(means.flatMap(({ tokens, told }) => (isTold ? told : tokens) ?? [])),
    latency: baselineOf(means.flatMap(({ latency }) => (latency === null ? [] : latency / usPerMs))),
  };
}
