/** How many of an agent's runs had a failure. */
export interface Share {
  affectedRuns: number;
  totalRuns: number;
  /** 0 to 1; of no runs 0. */
  rate: number;
}

export const shareOf = (affectedRuns: number, totalRuns: number): Share => ({
  affectedRuns,
  totalRuns,
  rate: totalRuns === 0 ? 0 : affectedRuns / totalRuns,
});
