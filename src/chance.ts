/** How likely chance alone is to bring what was seen, and what of many such findings to believe. All of it is pure. */

/**
 * Of what is reported after a look at many agents at once, this share is chance at most, on average; where nothing
 * happened at all, so is the share of looks that report anything. At the usual 5 % for each agent by itself, a fleet of
 * 200 in which nothing happens would be reported with ten agents at each look.
 */
export const falseShare = 0.01;

/**
 * The largest chance that is still believed among those of many findings: 0: none is.
 * Source: Y. Benjamini and Y. Hochberg, Controlling the false discovery rate: a practical and powerful approach to
 * multiple testing, Journal of the Royal Statistical Society B 57 (1995) 289-300.
 */
export function believedUpTo(chances: readonly number[], share = falseShare): number {
  const ascending = Float64Array.from(chances).sort();
  const last = ascending.findLastIndex((chance, index) => chance <= (share * (index + 1)) / ascending.length);
  return last === -1 ? 0 : (share * (last + 1)) / ascending.length;
}

/** ln(n!), for each n up to the largest asked for so far. */
const logFactorials = [0];

function logFactorial(n: number): number {
  for (let next = logFactorials.length; next <= n; next += 1)
    logFactorials.push((logFactorials[next - 1] ?? 0) + Math.log(next));
  return logFactorials[n] ?? 0;
}

const logChoose = (n: number, k: number) => logFactorial(n) - logFactorial(k) - logFactorial(n - k);

interface Share {
  hits: number;
  total: number;
}

/** Chances that are equal but for rounding count as equal. */
const slack = 1e-7;

/**
 * The two-sided chance of two shares at least this far apart, were they of one kind: the sum over all tables with the
 * same margins that are no likelier than the one seen. It holds for any numbers, small ones too.
 * Source: R. A. Fisher, Statistical Methods for Research Workers (1934), section 21.02.
 */
export function chanceOfShares(before: Share, after: Share): number {
  const hits = before.hits + after.hits;
  const all = logChoose(before.total + after.total, hits);
  const logChance = (one: number) => logChoose(before.total, one) + logChoose(after.total, hits - one) - all;
  const seen = logChance(before.hits) + slack;
  let sum = 0;
  for (let one = Math.max(0, hits - after.total); one <= Math.min(hits, before.total); one += 1) {
    const chance = logChance(one);
    if (chance <= seen) sum += Math.exp(chance);
  }
  return Math.min(1, sum);
}
