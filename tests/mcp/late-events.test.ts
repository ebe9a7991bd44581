import { expect, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';

const runIds = ['run-that-went-on', 'run-that-did-not'] as const;
const [runId, other] = runIds;

async function fleet() {
  const api = await startFakeCustomerApi({ generation: 3 });
  const startedAt = Date.now() / 1000 - 7200;
  for (const id of runIds) {
    const run = { runId: id, agentId: 'a', agentVersion: 'v1', startedAt, completedAt: startedAt + 60 };
    api.backend.ingestRun({ ...run, exitReason: 'run.completed' });
    api.backend.analyse(id, []);
  }
  // Of the lane's details, none comes before it is asked for.
  const env = { DUNETRACE_POLL_SECONDS: '3600', DUNETRACE_LIVE_BUDGET_MS: '60000', DUNETRACE_EVENTS_DAYS: '0' };
  const { call } = await connect(createPlace(api.url, env));
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  const detail = () => call('get_run_detail', { run_id: runId });
  const before = await detail();
  await call('get_run_detail', { run_id: other });
  const event = { event_type: 'run.completed', step_index: 9, timestamp: startedAt + 300, payload: {} };
  api.backend.addLateEvents(runId, [{ ...event, parent_run_id: null }]);
  api.backend.analyse(runId, []);
  await call('refresh_mirror');
  return { api, call, detail, before };
}

const older = 'has changed since its events were fetched';

test('a run that was analysed again is asked for again', async () => {
  const { api, detail, before } = await fleet();
  expect(before.structured).toMatchObject({ events_total: 2 });
  const after = await detail();
  expect(after.structured).toMatchObject({ events_total: 3 });
  expect(after.text).not.toContain(older);
  const asked = api.requests.length;
  expect((await detail()).structured).toEqual({
    ...after.structured,
    freshness: expect.objectContaining({ source: 'mirror' }),
  });
  expect(api.requests.length).toBe(asked);
});

test('while that fails, answers show the events that are here, and say that they may be too few', async () => {
  const { api, call, detail } = await fleet();
  await api.stop();
  const { text, structured } = await detail();
  expect(structured).toMatchObject({ events_total: 2, notes: [expect.stringContaining(`the run ${older}`)] });
  expect(text).toContain('Event timeline (2 events, texts hashed):');
  expect(text).not.toContain('not fetched yet');
  const compared = await call('compare_runs', { run_id_1: other, run_id_2: runId });
  expect(compared.text).toContain(`run 2 ${older}`);
  expect(compared.text).not.toContain(`run 1 ${older}`);
  expect(compared.structured).toMatchObject({ timelines: { compared: true } });
});
