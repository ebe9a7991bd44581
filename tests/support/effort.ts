const { DUNETRACE_TEST_LONG: share, DUNETRACE_TEST_RUNS: runs } = process.env;

/** A test that explores at random has two forms: `npm test` runs the short one, `npm run test:long` the long one. */
export const isLong = share !== undefined;

/**
 * How many cases to try. DUNETRACE_TEST_LONG=0.4 makes the long form shorter, never shorter than the short one;
 * DUNETRACE_TEST_RUNS sets another number.
 */
export const cases = ({ short, long }: { short: number; long: number }): number =>
  Number(runs ?? (isLong ? Math.max(short, Math.ceil(long * Number(share))) : short));
