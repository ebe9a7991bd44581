import leven from 'leven';

/** Longer texts are compared by their beginning: nobody mistypes the end of 200 characters. */
const comparedLength = 200;

const comparable = (text: string) => text.slice(0, comparedLength).toLowerCase();

/** The candidate that `given` most likely stands for: at most half of it is wrong. */
export function closest(given: string, candidates: readonly string[]): string | undefined {
  const [best] = nearest(given, candidates, 1);
  return best !== undefined && leven(comparable(given), comparable(best)) <= given.length / 2 ? best : undefined;
}

/** The `count` candidates closest to `given` by edit distance in any case, closest first. */
export function nearest(given: string, candidates: readonly string[], count: number): string[] {
  const wanted = comparable(given);
  return candidates
    .map((candidate) => ({ candidate, distance: leven(wanted, comparable(candidate)) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}
