interface Share {
  hits: number;
  /** At least 1. */
  total: number;
}

/** The standard normal's quantile for two-sided 95 %. */
const z = 1.959963984540054;

/** Wilson's score interval of a share. */
function wilson({ hits, total }: Share): { share: number; low: number; high: number } {
  const share = hits / total;
  const center = share + z ** 2 / (2 * total);
  const reach = z * Math.sqrt((share * (1 - share)) / total + z ** 2 / (4 * total ** 2));
  const scale = 1 + z ** 2 / total;
  return { share, low: (center - reach) / scale, high: (center + reach) / scale };
}

/**
 * The two-sided 95 % interval of how far the share of `b` is above that of `a` (below: negative), from -1 to 1. Source: R. G.
 * Newcombe, Interval estimation for the difference between independent proportions, Statistics in Medicine 17 (1998), method 10.
 */
export function differenceInterval(a: Share, b: Share): { low: number; high: number } {
  const before = wilson(a);
  const after = wilson(b);
  const difference = after.share - before.share;
  return {
    low: difference - Math.hypot(after.share - after.low, before.high - before.share),
    high: difference + Math.hypot(after.high - after.share, before.share - before.low),
  };
}
