/** How unlikely an agent's silence is by its own gaps. Everything here is pure. */

/** What an agent's gaps between runs come to. Seconds. */
export interface Gaps {
  count: number;
  sum: number;
  median: number;
  longest: number;
  /**
   * How regular they are, as the shape of a gamma distribution: 1 at random times, more for a clock, less for bursts
   * with pauses between them.
   */
  shape: number;
}

/** Fewer gaps, or those of fewer bursts, say too little: four are those of five runs. */
const minGaps = 4;
/** Fewer gaps may be alike by luck: they are taken to be random. */
const minRegular = 9;
/** So many deviations of the estimate are taken off, for the same reason. */
const caution = 3;
/** No agent is taken for a better clock: it would be called quiet as soon as it is late. */
const maxShape = 8;

/**
 * The shape by the gaps' mean and variance. Above 1 it is taken lower by its uncertainty: the estimate's relative
 * deviation is sqrt(2 (1 + 1 / shape) / count).
 */
function shapeOf(gaps: Float64Array, sum: number): number {
  const mean = sum / gaps.length;
  const variance = gaps.reduce((total, gap) => total + (gap - mean) ** 2, 0) / (gaps.length - 1);
  const shape = Math.min(maxShape, mean ** 2 / variance);
  if (shape <= 1 || gaps.length < minRegular) return Math.min(1, shape);
  return Math.max(1, shape / (1 + caution * Math.sqrt((2 * (1 + 1 / shape)) / gaps.length)));
}

/** The gaps between moments in descending order; undefined: these are too few, or all at once. */
export function gapsOf(moments: readonly number[]): Gaps | undefined {
  const gaps = Float64Array.from(moments.slice(1), (moment, index) => (moments[index] ?? moment) - moment).sort();
  const sum = gaps.reduce((total, gap) => total + gap, 0);
  if (gaps.length < minGaps || sum === 0) return undefined;
  const middle = gaps.length / 2;
  const median = ((gaps[Math.ceil(middle) - 1] ?? 0) + (gaps[Math.floor(middle)] ?? 0)) / 2;
  const shape = shapeOf(gaps, sum);
  if (gaps.length * shape < minGaps) return undefined;
  return { count: gaps.length, sum, median, longest: gaps.at(-1) ?? 0, shape };
}

/**
 * The chance of a silence at least that long after such gaps, were it one of their kind; never too low.
 *
 * At random times, n gaps that sum up to S are followed by a silence of s or more with the chance (S / (S + s))^n: the
 * share of one among n + 1 parts of a time that is cut at random. Gaps in bursts count as the fewer independent ones that
 * they are worth, n times the shape. For gaps of shape a > 1 the share x = s / (S + s) is of a beta distribution with
 * parameters a and na, of whose tail Chernoff's bound is [(x / x0) ((1 - x) / (1 - x0))^n]^a, with x0 = 1 / (n + 1).
 */
export function chanceOfSilence({ count, sum, shape }: Gaps, silence: number): number {
  const share = silence / (sum + silence);
  const usual = 1 / (count + 1);
  if (share <= usual) return 1;
  const atRandom = count * Math.min(1, shape) * Math.log1p(-share);
  const regular = shape * (Math.log(share / usual) + count * (Math.log1p(-share) - Math.log1p(-usual)));
  return Math.exp(shape > 1 ? Math.min(atRandom, regular) : atRandom);
}

/** The shortest silence that is longer than each of the gaps, and has a chance of at most `chance`, in seconds. */
export function unusualSilence(gaps: Gaps, chance: number): number {
  let [low, high] = [gaps.longest, gaps.longest + gaps.sum / gaps.count];
  while (chanceOfSilence(gaps, high) > chance && high < Number.MAX_VALUE / 4) high *= 2;
  // As exact as a second of years.
  for (let halving = 0; halving < 60; halving += 1) {
    const middle = (low + high) / 2;
    if (chanceOfSilence(gaps, middle) > chance) low = middle;
    else high = middle;
  }
  return high;
}
