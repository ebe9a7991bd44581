import type { Call } from './clients.ts';

/** A median, with the smallest and the largest of what it is the median of. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (place: number) => sorted[Math.min(sorted.length - 1, Math.floor(place))] ?? Number.NaN;
  return { median: (at((sorted.length - 1) / 2) + at(sorted.length / 2)) / 2, min: at(0), max: at(sorted.length - 1) };
}

/** The value that so many (0 to 1) of all are not above. */
export function quantileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export const ratios = (values: readonly number[], floors: readonly number[]): Spread =>
  spreadOf(values.map((value, place) => value / (floors[place] ?? Number.NaN)));

/** One of the things that are compared. */
export interface Arm {
  call: Call;
  /** Done before each call; its time does not count. */
  before?: () => void;
  /** Calls in a row, of which the median is one measurement. */
  calls: number;
}

async function time({ call, before }: Arm): Promise<number> {
  before?.();
  const began = performance.now();
  await call();
  return performance.now() - began;
}

/**
 * Takes turns between what is compared, so that whatever else the machine does meets all of it alike.
 * @returns for each of `arms` one value a round, in milliseconds.
 */
export async function interleave(arms: readonly Arm[], rounds: number): Promise<number[][]> {
  const found: number[][] = arms.map(() => []);
  // Round 0 warms up; and so does the first call of each turn, as another arm was the last one.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [place, arm] of arms.entries()) {
      const times: number[] = [];
      await time(arm);
      for (let n = 0; n < arm.calls; n += 1) times.push(await time(arm));
      if (round > 0) found[place]?.push(spreadOf(times).median);
    }
  }
  return found;
}
