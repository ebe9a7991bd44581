/** How two timelines relate. */
export type Relation = 'same' | 'parted' | 'first_is_beginning' | 'second_is_beginning';

export interface Divergence {
  relation: Relation;
  /** How many events they share before they diverge, or one of them ends. */
  common: number;
}

/** Where two timelines diverge; each event is given as a text that identifies it. Takes linear time. */
export function firstDivergence(first: readonly string[], second: readonly string[]): Divergence {
  const length = Math.min(first.length, second.length);
  let common = 0;
  while (common < length && first[common] === second[common]) common += 1;
  if (common < length) return { relation: 'parted', common };
  if (first.length === second.length) return { relation: 'same', common };
  return { relation: first.length < second.length ? 'first_is_beginning' : 'second_is_beginning', common };
}
