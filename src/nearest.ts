import leven from 'leven';

/** We compare only the beginning of longer texts: users do not mistype the end of a long id. */
const comparedLength = 64;
/** Comparing more would keep other callers waiting. */
const maxCandidates = 2000;

const comparable = (text: string) => text.slice(0, comparedLength).toLowerCase();

/**
 * The candidates that `given` may mean: up to `count` of the closest by edit distance in any case, closest first; at
 * least half of each is right. It considers only the first 2,000 candidates.
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
