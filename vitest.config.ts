import { defineConfig } from 'vitest/config';

/** Real clients are installed from the registry by `npm run test:clients` (mode `clients`) alone. */
const realClients = 'tests/real-clients/*.test.ts';

/** Some tests explore at random: `npm test` for seconds, `npm run test:long` (mode `long`) for minutes. */
export default defineConfig(({ mode }) => ({
  test: {
    include: mode === 'clients' ? [realClients] : ['tests/**/*.test.ts'],
    exclude: mode === 'clients' ? [] : [realClients],
    globalSetup: ['tests/support/build.ts'],
    testTimeout: 30_000,
    // To load the modules anew for each file takes a fifth of the time, and no test changes one.
    isolate: false,
    // Most tests wait for processes and sockets: more of them at once than there are cores take less time.
    maxWorkers: 6,
    env: mode === 'long' ? { DUNETRACE_TEST_LONG: process.env.DUNETRACE_TEST_LONG ?? '1' } : {},
  },
}));
