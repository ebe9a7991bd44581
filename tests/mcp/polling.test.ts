import { expect, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

const now = () => Date.now() / 1000;

test('an idle fleet, its runs and scores fetched, costs one request a poll', async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, now() - 7200);
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '1', DUNETRACE_EVENTS_DAYS: '30' });
  const { call } = await connect(place);
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  let inARow = 0;
  await new Promise<void>((resolve) => {
    api.watch(({ path }) => {
      inARow = path === '/v1/agents' ? inARow + 1 : 0;
      if (inARow === 5) resolve();
    });
  });
  expect(api.requests.some(({ path }) => path.startsWith('/v1/runs/'))).toBe(true);
});

test('what no count tells of, a signal that was alerted, is seen by the walk that a poll makes of an old list', async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, now() - 7200);
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '1', DUNETRACE_FULL_SYNC_HOURS: '0.001' });
  const { call } = await connect(place);
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  const detail = () => call('get_signal_detail', { signal_id: 2 });
  expect((await detail()).structured).toMatchObject({ alerted: false });
  api.backend.setAlerted(2);
  const seen = await askUntil(detail, ({ structured }) => structured.alerted === true);
  expect(seen.isError).toBe(false);
});
