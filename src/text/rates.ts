import { wilsonInterval } from '../intervals.ts';
import type { Share } from '../queries/shares.ts';
import { percent, percentBelow } from './marks.ts';

/** The interval of a rate stands beside it where it is of fewer runs: of more, it is narrow. */
export const fewRuns = 30;

/** `, 95% interval 9–91%` after a rate of few runs; '' after one of many, or of none. */
export function intervalAfter(affected: number, total: number): string {
  if (total === 0 || total >= fewRuns || affected > total) return '';
  const { low, high } = wilsonInterval({ hits: affected, total });
  return `, 95% interval ${Math.round(low * 100)}–${percent(high)}`;
}

/** `3/12 runs (25%), 95% interval 9–53%`. */
export const shareText = ({ affectedRuns, totalRuns, rate }: Share): string =>
  `${affectedRuns}/${totalRuns} runs (${percent(rate)})${intervalAfter(affectedRuns, totalRuns)}`;

/** As in `src/queries/systemic-patterns.ts`. */
const systemicFrom = 0.1;

/** The same of a type that is systemic, or not. */
export const systemicText = ({ affectedRuns, totalRuns, rate }: Share): string =>
  `${affectedRuns}/${totalRuns} runs (${percentBelow(rate, systemicFrom)})${intervalAfter(affectedRuns, totalRuns)}`;
