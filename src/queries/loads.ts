import { eq, sql } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { runSums, runs } from '../mirror/schema.ts';
import { type Load, percentile75 } from './health-formulas.ts';
import { prepared } from './prepared.ts';
import { remembered } from './remembered.ts';
import { inWindow, runsWithin } from './windows.ts';

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

const sumsOfRuns = prepared((db) =>
  db
    .select({
      run: runs.id,
      at: sql<number>`coalesce(${runs.startedAt}, ${runs.completedAt})`,
      prompt: runSums.prompt,
      prompts: runSums.prompts,
      latency: runSums.latency,
      latencies: runSums.latencies,
    })
    .from(runs)
    .innerJoin(runSums, eq(runSums.run, runs.id))
    .where(inWindow)
    .prepare(),
);

/** The mean of each run that tells the number. */
function meansOfRuns(reader: Reader, agentId: string, { baselineFrom, from }: LoadSpan): Record<Load, number[]> {
  const sums = new Map<number, { prompt: number; prompts: number; latency: number; latencies: number }>();
  for (const row of sumsOfRuns(reader).all({ agentId, from: baselineFrom, end: from })) {
    if (row.at >= from) continue;
    const known = sums.get(row.run) ?? { prompt: 0, prompts: 0, latency: 0, latencies: 0 };
    known.prompt += row.prompt;
    known.prompts += row.prompts;
    known.latency += row.latency;
    known.latencies += row.latencies;
    sums.set(row.run, known);
  }
  const all = [...sums.values()];
  return {
    tokens: all.flatMap(({ prompt, prompts }) => (prompts === 0 ? [] : [prompt / prompts])),
    latency: all.flatMap(({ latency, latencies }) => (latencies === 0 ? [] : [latency / latencies / usPerMs])),
  };
}

const keptLoads = remembered<Loads>();

/** What the model calls of an agent take, from the events that are mirrored. */
export function agentLoads(reader: Reader, agentId: string, span: LoadSpan): Loads {
  const { baselineFrom, from, end } = span;
  return keptLoads(reader, agentId, runsWithin(reader, agentId, [baselineFrom, from], end), () => {
    const sums = windowSums(reader).get({ agentId, from, end });
    const before = meansOfRuns(reader, agentId, span);
    const baseline = (load: Load) =>
      before[load].length < minBaselineRuns ? null : percentile75(before[load]) || null;
    return {
      withEvents: sums?.withEvents ?? 0,
      means: { tokens: sums?.tokens ?? null, latency: sums?.latency ?? null },
      baselines: { tokens: baseline('tokens'), latency: baseline('latency') },
    };
  });
}
