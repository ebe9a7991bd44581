import { cut, idText } from '../printable.ts';
import type { Share } from '../queries/shares.ts';
import type { RateChange } from '../queries/version-changes.ts';
import { percent } from './marks.ts';

const maxName = 60;

/** Percentage points with their sign. */
export const points = (fraction: number) => `${fraction < 0 ? '−' : '+'}${Math.abs(Math.round(fraction * 100))}`;

/** What stands above lines of changes. */
export const changeWords = 'runs that failed, points with 95% interval';

/** Without the rates' own intervals: that of the difference is what counts. */
function changeIn({ before, after, interval }: RateChange, words: { runs: string; points: string }): string {
  const side = ({ affectedRuns, totalRuns, rate }: Share) =>
    `${affectedRuns}/${totalRuns}${words.runs} (${percent(rate)})`;
  const rates = `${side(before)} → ${side(after)}`;
  if (!interval) return rates;
  const { low, high } = interval;
  return `${rates}, ${points(after.rate - before.rate)}${words.points}${points(low)} to ${points(high)})`;
}

/** `0/5 (0%) → 5/5 (100%), +100 (+48 to +100)`, under `changeWords`. */
const changeText = (change: RateChange): string => changeIn(change, { runs: '', points: ' (' });

/** `0/5 runs (0%) → 5/5 runs (100%), +100 points (95% interval +48 to +100)`. */
export const changeInWords = (change: RateChange): string =>
  changeIn(change, { runs: ' runs', points: ' points (95% interval ' });

const marks = { regression: '🚨 REGRESSION', improvement: '✅ improvement' };

/** A change with its verdict, which takes enough runs on both sides. */
export function changeLine(change: RateChange): string {
  const mark = change.verdict === undefined ? 'no clear change' : marks[change.verdict];
  const failure = change.failureType === null ? 'any failure' : idText(cut(change.failureType, maxName));
  return `${mark}: ${failure} ${changeText(change)}`;
}

/** Why there is no verdict: `too few runs to compare (3 before, 40 since; five each are needed)`. */
export const tooFewRuns = ({ before, after }: RateChange): string =>
  `too few runs to compare (${before.totalRuns} before, ${after.totalRuns} since; five each are needed)`;
