import { defineConfig } from 'vitest/config';

/** Real clients are installed from the registry by `npm run test:clients` (mode `clients`) alone. */
const realClients = 'tests/real-clients/*.test.ts';

/** Files with a long form: they explore for minutes, ask every combination, or look at pictures. */
const longForms = [
  'tests/chaos/*.test.ts',
  'tests/cli/kill.test.ts',
  'tests/first-answer.test.ts',
  'tests/fuzz/*.test.ts',
  'tests/guarded-sql/guard.test.ts',
  'tests/guides/examples.test.ts',
  'tests/mcp/{bounds,clocks,conformance,disk,disk-harm,hostile-texts,many-servers,other-clients,outages,tools,unread,workflows}.test.ts',
  'tests/mirror/{days,run-sums}.test.ts',
  'tests/packages.test.ts',
  'tests/page/looks.test.ts',
  'tests/pictures/screenshots.test.ts',
  'tests/report/looks.test.ts',
  'tests/sync/{equality,ill-lists,model-generation-*}.test.ts',
];

const files = (mode: string) => {
  if (mode === 'clients') return [realClients];
  return mode === 'long' ? longForms : ['tests/**/*.test.ts'];
};

/** Some tests explore at random: `npm test` for seconds, `npm run test:long` (mode `long`) for minutes. */
export default defineConfig(({ mode }) => ({
  test: {
    include: files(mode),
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
