import leven from 'leven';

/** Longer texts are compared by their beginning: nobody mistypes the end of 200 characters. */
const comparedLength = 200;

const comparable = (text: string) => text.slice(0, comparedLength).toLowerCase();

/**
 * The candidates that `given` may stand for: up to `count` of the closest by edit distance in any case, closest first;
 * of each at least half is right.
 */
export function nearest(given: string, candidates: readonly string[], count: number): string[] {
  const wanted = comparable(given);
  return candidates
    .map((candidate) => ({ candidate, distance: leven(wanted, comparable(candidate)) }))
    .filter(({ candidate, distance }) => distance <= Math.max(wanted.length, comparable(candidate).length) / 2)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}
