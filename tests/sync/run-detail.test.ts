import { expect, test } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../../src/config.ts';
import { openReader } from '../../src/db/open.ts';
import { openSyncer } from '../../src/sync/syncer.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { createPlace } from '../support/program.ts';

const row = z.record(z.string(), z.unknown());

test('what only the detail of a run says is kept, also when its list is read again', async () => {
  const clock = createFakeClock(1_780_000_000, { autoAdvance: true });
  const api = await startFakeCustomerApi({ clock, generation: 3 });
  const [runId, now] = ['run-1', clock.now()];
  const run = { runId, agentId: 'a', agentVersion: 'v1', startedAt: now - 20, completedAt: now - 10 };
  api.backend.ingestRun({ ...run, exitReason: 'run.completed' });
  api.backend.analyse(runId, []);
  api.rewrite((body) => {
    const sent = row.parse(body);
    return 'events' in sent ? { ...sent, conversation_id: 94, shade: 7, colour: 'red' } : body;
  });
  const { env, file, folder } = createPlace(api.url, { DUNETRACE_RPM: '100000' });
  const config = readConfig({ env, platform: 'linux', homeDir: folder });
  const syncer = openSyncer(config, { clock, random: () => 0.5, log: { info: () => {}, warn: () => {} } });
  await syncer.fleet();
  await syncer.run(runId);
  await syncer.fleet({ full: true });
  await syncer.close();
  const reader = openReader(file, config);
  const stored = row.parse(reader.sqlite.prepare('select conversation_id, detail_extra, extra from v_runs').get());
  reader.close();
  expect(stored).toMatchObject({ conversation_id: 94, extra: null });
  // A field that nobody knows may hold what somebody wrote.
  expect(JSON.parse(String(stored.detail_extra))).toEqual({ shade: 7, colour: expect.stringMatching(/^hmac:/) });
});
