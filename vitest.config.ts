import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Real clients are installed from the registry by `npm run test:clients` (mode `clients`) alone. */
const realClients = 'tests/real-clients/*.test.ts';

/** Each has a short form, in `npm test`, and a long one: it explores for minutes. */
const inBothForms = [
  'tests/mcp/tools.test.ts',
  'tests/mirror/{days,run-sums}.test.ts',
  'tests/sync/{equality,model-generation-*}.test.ts',
];

/**
 * What takes too long for `npm test`: attacks, faults, kills and outages; real clients and browsers; every combination;
 * whole installs.
 */
const longOnly = [
  'tests/chaos/*.test.ts',
  'tests/cli/{ask,config-attacks,full-stdout,kill,sql-file,sql-shell,sql-stream,sync-from,work-log}.test.ts',
  'tests/db/locks.test.ts',
  'tests/first-answer.test.ts',
  'tests/fuzz/*.test.ts',
  'tests/guarded-sql/{guard,hostile}.test.ts',
  'tests/guides/examples.test.ts',
  'tests/mcp/{answer-forms,attacks,bounds,chosen-agents,clocks,conformance,content-recorded,disk,disk-harm,faults}.test.ts',
  'tests/mcp/{hostile,hostile-texts,late-events,lines-transport,live,looks,many-servers,mirror-route,notices,other-clients}.test.ts',
  'tests/mcp/{outages,pictures,polling,prices,proxies,refresh,run-details,small-lists,takeover,unread,without-sessions,workflows}.test.ts',
  'tests/packages.test.ts',
  'tests/page/*.test.ts',
  'tests/pictures/{apps,screenshots}.test.ts',
  'tests/queries/{completions,silence}.test.ts',
  'tests/report/looks.test.ts',
  'tests/sample/server.test.ts',
  'tests/sync/{ill-lists,sample,shared-ids}.test.ts',
];

/** Files that take longest, in either form. Begun last, as their size would have it, they would run alone. */
const longest = [
  'tests/chaos/chaos.test.ts',
  'tests/sync/model-generation-3.test.ts',
  'tests/mcp/hostile-texts.test.ts',
  'tests/first-answer.test.ts',
  'tests/cli/sync-from.test.ts',
  'tests/mcp/tools.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const first = longest.flatMap((name) => files.filter(({ moduleId }) => moduleId.endsWith(name)));
    const rest = files.filter((file) => !first.includes(file));
    return [...first, ...(await super.sort(rest))];
  }
}

const filesOf: Record<string, { include: string[]; exclude: string[] }> = {
  clients: { include: [realClients], exclude: [] },
  long: { include: [...inBothForms, ...longOnly], exclude: [] },
};
const usualFiles = { include: ['tests/**/*.test.ts'], exclude: [realClients, ...longOnly] };

/** `npm test` takes minutes, `npm run test:long` (mode `long`) has the rest; CI runs both. */
export default defineConfig(({ mode }) => ({
  test: {
    ...(filesOf[mode] ?? usualFiles),
    globalSetup: ['tests/support/build.ts'],
    // No test is timed: these end one that waits for what never comes, on a machine that is busy with others too.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000, interval: 100 } },
    // To load the modules anew for each file takes a fifth of the time, and no test changes one.
    isolate: false,
    // Most tests wait for processes and sockets: more of them at once than there are cores take less time.
    maxWorkers: 6,
    sequence: { sequencer: LongestFirst },
    env: mode === 'long' ? { DUNETRACE_TEST_LONG: process.env.DUNETRACE_TEST_LONG ?? '1' } : {},
  },
}));
