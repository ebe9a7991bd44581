import leven from 'leven';

/** Longer texts are compared by their beginning: nobody mistypes the end of a long id. */
const comparedLength = 64;
/** Comparing more would keep other callers waiting. */
const maxCandidates = 2000;

const comparable = (text: string) => text.slice(0, comparedLength).toLowerCase();

/**
 * The candidates that `given` may stand for: up to `count` of the closest by edit distance in any case, closest first;
 * of each at least half is right. Of very many candidates the first 2,000 are considered.
 */
export function nearest(given: string, candidates: readonly string[], count: number): string[] {
  const wanted = comparable(given);
  return candidates
    .slice(0, maxCandidates)
    .flatMap((candidate) => {
      const other = comparable(candidate);
      const limit = Math.floor(Math.max(wanted.length, other.length) / 2);
      const distance = leven(wanted, other, { maxDistance: limit + 1 });
      return distance <= limit ? [{ candidate, distance }] : [];
    })
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}
