import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { names, runs, signals } from '../mirror/schema.ts';
import { runsSince } from './run-window.ts';

/** One part of a health score. */
export interface HealthComponent {
  name: 'failure_rate' | 'loop_avoidance' | 'token_efficiency' | 'latency';
  score: number;
  max: number;
  /** What was measured, a percentage of the runs; null: nothing was. */
  value: number | null;
  label: string;
  /** What the score rests on. */
  basis: string;
}

export interface Health {
  /** 0 to 100; null below three runs. */
  score: number | null;
  components: HealthComponent[];
  /** Runs of the last 30 days. */
  sampleRuns: number;
  /** From 30 runs on. */
  isBaselineReady: boolean;
}

const windowSeconds = 30 * 86_400;
const minRuns = 3;
const baselineRuns = 30;

/** Source: CONTRACT.md, 'How the server computes its analytics'. */
const loopTypes = ['TOOL_LOOP', 'TOOL_THRASHING', 'TOOL_AVOIDANCE', 'STEP_COUNT_INFLATION', 'LLM_TRUNCATION_LOOP'];

function rateComponent(
  name: 'failure_rate' | 'loop_avoidance',
  { max, label, affected, total }: { max: number; label: string; affected: number; total: number },
): HealthComponent {
  const rate = affected / total;
  const value = Math.round(rate * 1000) / 10;
  return { name, score: Math.round((1 - rate) * max), max, value, label, basis: `${affected} of ${total} runs` };
}

const neutral = (name: 'token_efficiency' | 'latency', score: number, max: number, label: string): HealthComponent => ({
  name,
  score,
  max,
  value: null,
  label,
  basis: 'neutral: no data',
});

/**
 * The health of an agent over the 30 days before `now` (Unix seconds), by the server's formulas (CONTRACT.md): failure_rate is
 * round((1 - runs with a signal / runs) * 40), loop_avoidance round((1 - runs with a loop signal / runs) * 25). The
 * mirror holds no tokens and latencies of most runs: these parts are the formulas' neutral 15 and 10.
 */
export function agentHealth({ db }: Reader, agentId: string, now: number): Health {
  const ofRun = and(eq(signals.run, runs.id), isNull(signals.goneAt));
  const loops = db.select({ id: names.id }).from(names).where(inArray(names.name, loopTypes));
  const counts = db
    .select({
      total: sql<number>`count(*)`,
      failed: sql<number>`coalesce(sum(exists (select 1 from ${signals} where ${ofRun})), 0)`,
      looped: sql<number>`coalesce(sum(exists (select 1 from ${signals} where ${and(ofRun, inArray(signals.failureType, loops))})), 0)`,
    })
    .from(runs)
    .where(runsSince(agentId, now - windowSeconds))
    .get() ?? { total: 0, failed: 0, looped: 0 };
  const { total, failed, looped } = counts;
  if (total < minRuns) return { score: null, components: [], sampleRuns: total, isBaselineReady: false };
  const components = [
    rateComponent('failure_rate', { max: 40, label: '% runs with failures', affected: failed, total }),
    rateComponent('loop_avoidance', { max: 25, label: '% runs with loops', affected: looped, total }),
    neutral('token_efficiency', 15, 20, 'avg prompt tokens'),
    neutral('latency', 10, 15, 'avg LLM latency ms'),
  ];
  const score = components.reduce((sum, component) => sum + component.score, 0);
  return { score, components, sampleRuns: total, isBaselineReady: total >= baselineRuns };
}
