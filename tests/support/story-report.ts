import { readConfig } from '../../src/config.ts';
import { openReader } from '../../src/db/open.ts';
import type { Report } from '../../src/report/contents.ts';
import { readReport } from '../../src/report/read.ts';
import { openSyncer } from '../../src/sync/syncer.ts';
import { fillDemoStory } from './demo-story.ts';
import { createFakeClock } from './fake-clock.ts';
import { startFakeCustomerApi } from './fake-customer-api.ts';
import { createPlace } from './program.ts';
import { fillReportWorld } from './report-world.ts';

/** Unix seconds. */
const now = 1_780_000_000;

type Days = 7 | 90;

async function makeReports(): Promise<Readonly<Record<Days, Report>>> {
  const clock = createFakeClock(now, { autoAdvance: true });
  const api = await startFakeCustomerApi({ generation: 3, clock });
  fillDemoStory(api.backend, now);
  fillReportWorld(api.backend, now);
  const { env, file, folder } = createPlace(api.url, { DUNETRACE_RPM: '100000' });
  const config = readConfig({ env, platform: 'linux', homeDir: folder });
  const syncer = openSyncer(config, { clock, random: () => 0.5, log: { info: () => {}, warn: () => {} } });
  await syncer.fleet();
  // Events tell the inputs.
  for (const { run_id } of api.backend.runs('checkout-agent').slice(0, 40)) await syncer.run(run_id);
  await syncer.close();
  const reader = openReader(file, config);
  const costOf = (_: string | null, prompt: number, completion: number) => (prompt + 4 * completion) / 400_000;
  const read = async (days: Days) => {
    const wanted = { agentId: undefined, inFull: 25, days, now, costOf, pricesDate: '2026-05-01' };
    return { ...(await readReport(reader, wanted, () => Promise.resolve())), apiUrl: 'http://127.0.0.1:8002' };
  };
  try {
    return { 7: await read(7), 90: await read(90) };
  } finally {
    reader.close();
  }
}

let made: ReturnType<typeof makeReports> | undefined;

/**
 * What a report says of the demo's story, and of the report world with its attacks: always the same, but for its days and
 * how many agents it has in full. To be called inside a test.
 */
export async function storyReport({ days = 7, inFull }: { days?: Days; inFull: number }): Promise<Report> {
  made ??= makeReports();
  const report = (await made)[days];
  return { ...report, agents: report.agents.slice(0, inFull) };
}
