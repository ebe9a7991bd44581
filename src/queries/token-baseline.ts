import { daySeconds } from '../days.ts';
import { percentile } from './health-formulas.ts';

/**
 * What failed runs spent beyond a run without failure, and what stopped runs were kept from spending. Everything here is
 * pure. Source: docs/customer-api.md, 'How the server computes its analytics'.
 */

/** A run as the baseline sees it. `tokens` include reasoning tokens. */
export interface Usage {
  version: number;
  tokens: number;
  /** US dollars; null: unknown. */
  cost: number | null;
  failed: boolean;
  stopped: boolean;
}

/** What runs without failure take. */
export interface Baseline {
  /** Of the agent; null: too few runs are known. */
  tokens: number | null;
  of(run: Pick<Usage, 'version'>): number | null;
}

const minRuns = 3;

const quantile = (values: readonly number[], share: number) =>
  values.length < minRuns ? undefined : percentile(values, share);

/**
 * The tokens that three quarters of the runs without failure do not exceed: those of a run's version, else those of the
 * agent; else the median of all runs. Each takes three runs.
 */
export function baselineOf(runs: readonly Usage[]): Baseline {
  const clean = runs.filter(({ failed }) => !failed);
  const tokensOf = (some: readonly Usage[]) => some.map(({ tokens }) => tokens);
  const tokens = quantile(tokensOf(clean), 0.75) ?? quantile(tokensOf(runs), 0.5) ?? null;
  const byVersion = new Map(
    [...Map.groupBy(clean, ({ version }) => version)].map(([version, some]) => [
      version,
      quantile(tokensOf(some), 0.75),
    ]),
  );
  return { tokens, of: ({ version }) => byVersion.get(version) ?? tokens };
}

/** Tokens, and what they cost at the rate of their run (US dollars; null: that is not known). */
export interface Part {
  tokens: number;
  cost: number | null;
}

function partOf({ tokens, cost }: Usage, part: number): Part {
  const whole = Math.trunc(Math.max(0, part));
  return { tokens: whole, cost: cost === null ? null : tokens === 0 ? 0 : (cost * whole) / tokens };
}

/** What a failed run spent above the baseline. */
export function excessOf(run: Usage, baseline: Baseline): Part {
  const expected = baseline.of(run);
  return partOf(run, run.failed && expected !== null ? run.tokens - expected : 0);
}

/** What a stopped run did not spend of the baseline. */
export function preventedBy(run: Usage, baseline: Baseline): Part {
  const expected = baseline.of(run);
  return partOf(run, run.stopped && expected !== null ? expected - run.tokens : 0);
}

const monthDays = 30;
const [fewestDays, mostDays] = [3, 7];

/** What a week's sum comes to in 30 days; `first` and `end` (Unix seconds) are the first run of the week and its end. */
export function aMonthOf(sum: number, first: number, end: number): number {
  const days = Math.min(mostDays, Math.max(fewestDays, (end - first) / daySeconds));
  return (sum * monthDays) / days;
}
