interface Share {
  hits: number;
  /** At least 1. */
  total: number;
}

export interface Interval {
  low: number;
  high: number;
}

/** The standard normal distribution has 95 % of its mass within this many deviations of its mean. */
export const z = 1.959963984540054;

/**
 * The two-sided 95 % score interval of a proportion, without continuity correction. With
 * p = hits / n it is (2np + z^2 -+ z sqrt(z^2 + 4np(1 - p))) / (2(n + z^2)).
 * Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927) 209-212.
 */
export function wilsonInterval({ hits, total }: Share): Interval {
  const p = hits / total;
  const middle = 2 * hits + z * z;
  const reach = z * Math.sqrt(z * z + 4 * hits * (1 - p));
  const scale = 2 * (total + z * z);
  return { low: Math.max(0, (middle - reach) / scale), high: Math.min(1, (middle + reach) / scale) };
}

/**
 * The two-sided 95 % interval of how far the share `after` is above the share `before` (below: negative), from -1 to 1.
 * With the Wilson intervals (l1, u1) of p1 = after and (l2, u2) of p2 = before, and d = p1 - p2, it goes from
 * d - sqrt((p1 - l1)^2 + (u2 - p2)^2) to d + sqrt((u1 - p1)^2 + (p2 - l2)^2).
 * Source: method 10 of R. G. Newcombe, Interval estimation for the difference between independent proportions:
 * comparison of eleven methods, Statistics in Medicine 17 (1998) 873-890.
 */
export function differenceInterval(before: Share, after: Share): Interval {
  const [p1, p2] = [after.hits / after.total, before.hits / before.total];
  const [one, two] = [wilsonInterval(after), wilsonInterval(before)];
  return {
    low: p1 - p2 - Math.hypot(p1 - one.low, two.high - p2),
    high: p1 - p2 + Math.hypot(one.high - p1, p2 - two.low),
  };
}

/** Fewer runs on a side say nothing about a change. */
export const minTotal = 5;

/**
 * Whether a share moved beyond chance: the 95 % interval of the difference excludes 0, and lies above it (`up`) or
 * below. With fewer than five runs on a side there is no interval, and no verdict.
 */
export function changeOfShare(
  before: Share,
  after: Share,
): { interval?: Interval; direction?: 'up' | 'down' | undefined } {
  if (before.total < minTotal || after.total < minTotal) return {};
  const interval = differenceInterval(before, after);
  return { interval, direction: interval.low > 0 ? 'up' : interval.high < 0 ? 'down' : undefined };
}
