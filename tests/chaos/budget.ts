/** The most requests that the API saw in any window of `ms` milliseconds; `at` are their moments, oldest first. */
export function mostWithin(at: readonly number[], ms: number): number {
  let first = 0;
  let most = 0;
  for (const [place, moment] of at.entries()) {
    while (moment - (at[first] ?? moment) >= ms) first += 1;
    most = Math.max(most, place - first + 1);
  }
  return most;
}
