import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openReader } from '../../src/db/open.ts';
import { clockSentence, serverTime } from '../../src/db/server-time.ts';
import { noteClock } from '../../src/sync/clock-note.ts';
import { openSyncer } from '../../src/sync/syncer.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { createPlace } from '../support/program.ts';
import { createTempMirror } from '../support/temp-mirror.ts';

test.each([-7200, 7200, 0])(
  'a run that turns up late is found by a machine whose server is %i s ahead',
  async (skew) => {
    const clock = createFakeClock(1_780_000_000, { autoAdvance: true });
    const api = await startFakeCustomerApi({ clock: { ...clock, now: () => clock.now() + skew } });
    const started = api.backend.now() - 20;
    const run = { agentId: 'a', agentVersion: 'v1', startedAt: started, completedAt: started + 10 } as const;
    for (const runId of ['one', 'two'])
      api.backend.ingestRun({
        ...run,
        runId,
        exitReason: 'run.completed',
        events: [{ event_type: 'run.started', step_index: 0, timestamp: started, payload: {}, parent_run_id: null }],
      });
    api.backend.analyse('one');
    const { env, file, folder } = createPlace(api.url);
    const config = readConfig({ env, platform: 'linux', homeDir: folder });
    const syncer = openSyncer(config, { clock, random: () => 0.5, log: { info: () => {}, warn: () => {} } });
    onTestFinished(() => syncer.close());
    expect((await syncer.fleet()).added.runs).toBe(1);
    const reader = openReader(file, config);
    onTestFinished(reader.close);
    expect(Math.abs(serverTime(reader, clock.now()).now - api.backend.now())).toBeLessThanOrEqual(1);
    // The agent's row tells nothing of it, and the detector takes its time.
    api.backend.analyse('two');
    clock.advance(60);
    expect((await syncer.fleet()).added.runs).toBe(1);
    clock.advance(600);
    await syncer.fleet();
    const before = api.requests.length;
    await syncer.fleet();
    expect(api.requests.slice(before).map(({ path }) => path)).toEqual(['/v1/agents']);
  },
);

test('the skew that was last known counts, whatever is told after it but another', () => {
  const { mirror, store } = createTempMirror(createFakeClock());
  const known = () => serverTime(mirror, 1000);
  noteClock(store, undefined);
  expect(known()).toEqual({ now: 1000, skew: 0, unknown: undefined });
  noteClock(store, { unknown: 'unsteady' });
  expect(known()).toEqual({ now: 1000, skew: 0, unknown: 'unsteady' });
  expect(clockSentence('unsteady')).toContain('disagree about its time');
  noteClock(store, { seconds: 3600 });
  noteClock(store, { unknown: 'undated' });
  expect(known()).toEqual({ now: 4600, skew: 3600, unknown: undefined });
  noteClock(store, { seconds: 0 });
  expect(known()).toEqual({ now: 1000, skew: 0, unknown: undefined });
});
