import { test } from 'vitest';
import { exploreSync } from '../support/explore-sync.ts';

/**
 * The sync as a state machine: histories of changes, passes, crashes between any two commits, faults and second processes.
 * One generation a file, as two files run at once. Another seed: DUNETRACE_TEST_SEED=7; more: `npm run test:long`, or
 * DUNETRACE_TEST_RUNS=100000.
 */
test('whatever happened, a pass that nothing disturbs makes the mirror the API (generation 2)', async () => {
  await exploreSync(2);
}, 1_800_000);
