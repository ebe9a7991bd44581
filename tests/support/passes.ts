import { expect } from 'vitest';
import { z } from 'zod';
import type { ListName } from '../../src/lists/names.ts';
import { runPass } from '../../src/sync/pass.ts';
import type { PassDeps, PassOptions } from '../../src/sync/pass-state.ts';
import type { SampleRun, SignalSpec } from './customer-api/backend.ts';
import { createFakeClock } from './fake-clock.ts';
import { createTestClient, startFakeCustomerApi } from './fake-customer-api.ts';
import { createTempMirror } from './temp-mirror.ts';

/** Small, so that few rows make many pages. */
export const pageSize = 15;
export const loop: SignalSpec = { failureType: 'TOOL_LOOP', severity: 'HIGH', stepIndex: 4 };
const rowsShape = z.array(z.record(z.string(), z.unknown()));

/** A Customer API, a mirror, and passes between them. */
export async function setUpPasses({ key, generation = 2 }: { key?: string; generation?: 1 | 2 | 3 } = {}) {
  const clock = createFakeClock(1_780_000_000, { autoAdvance: true });
  const api = await startFakeCustomerApi({ clock, generation, ...(key === undefined ? {} : { key }) });
  const temp = createTempMirror(clock);
  const warnings: string[] = [];
  let made = 0;
  const rows = (sql: string) => rowsShape.parse(temp.mirror.sqlite.prepare(sql).all());
  const ids = (list: ListName, agentId: string) =>
    rows(`select * from v_${list}`)
      .filter((row) => row.agent_id === agentId && row.gone_at === null)
      .map((row) => String(list === 'runs' ? row.run_id : row.id))
      .sort();
  const upstreamIds = (list: ListName, agentId: string) =>
    (list === 'runs'
      ? api.backend.runs(agentId).map((row) => row.run_id)
      : api.backend.signals(agentId).map((row) => String(row.id))
    ).toSorted();

  return {
    clock,
    api,
    temp,
    backend: api.backend,
    warnings,
    rows,
    ids,
    pass: (options: PassOptions = {}, changes: Partial<PassDeps> & { key?: string } = {}) => {
      clock.advance(1);
      const client = createTestClient(api.url, clock, changes.key === undefined ? {} : { apiKey: changes.key });
      const log = { info: () => {}, warn: (message: string) => void warnings.push(message) };
      const fixed = { client, store: temp.store, clock, log, settleSeconds: 300, concurrency: 1, pageSize };
      return runPass({ ...fixed, ...changes }, options).finally(() => client.close());
    },
    /** `count` runs come in and are analysed, each with these signals; their ids, oldest first. */
    add: (count: number, agentId = 'a', signals: readonly SignalSpec[] = [], changes: Partial<SampleRun> = {}) =>
      Array.from({ length: count }, () => {
        made += 1;
        clock.advance(1);
        const runId = `run-${made}`;
        const now = clock.now();
        const run = { runId, agentId, agentVersion: 'v1', startedAt: now - 20, completedAt: now - 10 };
        api.backend.ingestRun({ ...run, exitReason: 'run.completed', ...changes });
        api.backend.analyse(runId, signals);
        return runId;
      }),
    /** Both lists of these agents are the API's. */
    expectEqual: (...agentIds: string[]) => {
      for (const agentId of agentIds) {
        for (const list of ['runs', 'signals'] as const) {
          expect([agentId, list, ids(list, agentId)]).toEqual([agentId, list, upstreamIds(list, agentId)]);
        }
      }
    },
    /** What `work` asks of the API: paths with offsets. */
    requestsOf: async (work: () => Promise<unknown>) => {
      const before = api.requests.length;
      await work();
      return api.requests.slice(before).map(({ path, query }) => `${path} ${query.get('offset')}`);
    },
  };
}
