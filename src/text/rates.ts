import { wilsonInterval } from '../intervals.ts';
import type { Share } from '../queries/shares.ts';
import { percent, percentBelow } from './marks.ts';

/** The interval of a rate stands beside it where it is of fewer runs: of more, it is narrow. */
export const fewRuns = 30;

/** `9–91%` of a rate of few runs; undefined of one of many, or of none. */
function intervalOf(affected: number, total: number): string | undefined {
  if (total === 0 || total >= fewRuns || affected > total) return undefined;
  const { low, high } = wilsonInterval({ hits: affected, total });
  return `${Math.round(low * 100)}–${percent(high)}`;
}

/** `, 95% interval 9–91%` after a rate of few runs; '' after one of many, or of none. */
export function intervalAfter(affected: number, total: number): string {
  const interval = intervalOf(affected, total);
  return interval === undefined ? '' : `, 95% interval ${interval}`;
}

/** `3/12 runs (25%), 95% interval 9–53%`. */
export const shareText = ({ affectedRuns, totalRuns, rate }: Share): string =>
  `${affectedRuns}/${totalRuns} runs (${percent(rate)})${intervalAfter(affectedRuns, totalRuns)}`;

/** As in `src/queries/systemic-patterns.ts`. */
const systemicFrom = 0.1;

/** `3/12 runs (25%; 9–53%)`, under a heading that says what the interval is; of a type that is systemic, or not. */
export function rateText({ affectedRuns, totalRuns, rate }: Share): string {
  const interval = intervalOf(affectedRuns, totalRuns);
  const within = interval === undefined ? '' : `; ${interval}`;
  return `${affectedRuns}/${totalRuns} runs (${percentBelow(rate, systemicFrom)}${within})`;
}

/** The same of a type that is systemic, or not, with words of its own. */
export const systemicText = ({ affectedRuns, totalRuns, rate }: Share): string =>
  `${affectedRuns}/${totalRuns} runs (${percentBelow(rate, systemicFrom)})${intervalAfter(affectedRuns, totalRuns)}`;
