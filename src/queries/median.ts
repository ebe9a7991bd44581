import { z } from '../intervals.ts';

/** The middle of some values, with its 95 % interval, which takes six values. */
export interface Median {
  count: number;
  median: number;
  interval?: { low: number; high: number } | undefined;
}

const minValues = 6;

/**
 * The median, and the values between which the median of all such values lies with 95 %, whatever their distribution: how many
 * of n values lie below it is binomial, so that these are the values of ranks n/2 - z sqrt(n)/2 and n/2 + 1 + z sqrt(n)/2.
 * Source: W. J. Conover, Practical Nonparametric Statistics (1999), section 3.2.
 */
export function medianOf(values: readonly number[]): Median | undefined {
  if (values.length === 0) return undefined;
  const ascending = Float64Array.from(values).sort();
  const count = ascending.length;
  const at = (rank: number) => ascending[Math.min(count, Math.max(1, rank)) - 1] ?? 0;
  const median = (at(Math.floor((count + 1) / 2)) + at(Math.ceil((count + 1) / 2))) / 2;
  if (count < minValues) return { count, median };
  const reach = (z * Math.sqrt(count)) / 2;
  return {
    count,
    median,
    interval: { low: at(Math.floor(count / 2 - reach)), high: at(Math.ceil(count / 2 + 1 + reach)) },
  };
}
