/** An axis from 0 up. */
export interface Scale {
  max: number;
  /** The labelled values, from 0 to `max`. */
  ticks: readonly number[];
}

/** Steps of 1, 2 and 5 times a power of ten: the ones that people count in. */
const steps = [1, 2, 5];

/** An axis for whole numbers up to `most`: one to five equal steps, none smaller than 1. */
export function wholeScale(most: number): Scale {
  const wanted = Math.max(1, most / 5);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = (steps.find((factor) => factor * power >= wanted) ?? 10) * power;
  const count = Math.max(1, Math.ceil(most / step));
  return { max: count * step, ticks: Array.from({ length: count + 1 }, (_, at) => at * step) };
}

/** A position on the axis as a percentage for SVG, within its ends. */
export const percentAt = (value: number, { max }: Pick<Scale, 'max'>): string =>
  `${Number((Math.min(1, Math.max(0, value / max)) * 100).toFixed(3))}%`;
