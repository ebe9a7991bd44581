import { roundHalfEven } from './rounding.ts';

/** The formulas of a health score. Source: docs/customer-api.md, 'How the server computes its analytics'. */

/** What is measured of a model call: prompt tokens, or milliseconds. */
export type Load = 'tokens' | 'latency';

const limits = {
  tokens: { max: 20, neutral: 15, full: 500, span: 3500 },
  latency: { max: 15, neutral: 10, full: 1000, span: 7000 },
} as const;

/** Full points up to this multiple of the baseline, none from the second one on. */
const fullUpTo = 1.5;
const nothingFrom = 4;

/** Points for the share of runs without a signal. */
export function rateScore(affected: number, total: number, max: number): number {
  return roundHalfEven((1 - affected / total) * max);
}

/**
 * Points for a mean load of the model calls, against the agent's own baseline (above 0; null: it has none, and fixed
 * limits count); without a mean, the neutral ones.
 */
export function loadScore(load: Load, mean: number | null, baseline: number | null): number {
  const { max, neutral, full, span } = limits[load];
  if (mean === null) return neutral;
  const share =
    baseline !== null
      ? (nothingFrom - mean / baseline) / (nothingFrom - fullUpTo)
      : 1 - Math.max(0, mean - full) / span;
  return roundHalfEven(max * Math.min(1, Math.max(0, share)));
}

/**
 * The value that `share` (0 to 1) of the values do not exceed, interpolated between the two nearest ones (at that share of
 * the way from the first to the last, as PostgreSQL's percentile_cont has it). There must be at least one value.
 */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = new Float64Array(values).sort();
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? 0;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (high - low) * (at - Math.floor(at));
}

export const percentile75 = (values: ArrayLike<number>): number => percentile(values, 0.75);
