import { existsSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fillDemoStory } from '../support/demo-story.ts';
import { isLong } from '../support/effort.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';

const servers = isLong ? 10 : 4;
const requestsPerMinute = 40;

test(`${servers} servers on one file keep the request budget of one, are never locked out, and keep the log small`, {
  timeout: 180_000,
}, async () => {
  const api = await startFakeCustomerApi();
  fillDemoStory(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '1', DUNETRACE_EVENTS_DAYS: '30' });
  await run(['sync', '--quiet'], place);
  const env = { ...place.env, DUNETRACE_RPM: `${requestsPerMinute}` };
  const all = await Promise.all(Array.from({ length: servers }, () => connect({ env })));
  // Each server wants of the API what no other asks for; there is room for a few.
  await Promise.all(
    all.map(async ({ call }, n) => {
      for (let ask = 0; ask < 5; ask += 1) await call('get_run_detail', { run_id: `no-such-run-${n}-${ask}` });
    }),
  );
  for (const { call } of all) freshnessOf(await call('list_agents'));
  expect(busiestMinute(api.requests.map(({ at }) => at))).toBeLessThanOrEqual(requestsPerMinute);
  expect(api.requests.filter(({ path }) => path.includes('no-such-run')).length).toBeGreaterThan(0);
  for (const { stderr } of all) expect(stderr()).not.toMatch(/SQLITE|locked|busy/i);
  const wal = `${place.file}-wal`;
  expect(existsSync(wal) ? statSync(wal).size : 0).toBeLessThan(8 * 1024 * 1024);
  await Promise.all(all.map(({ close }) => close()));
});

/** The most requests in any sixty seconds. Those of the first `sync` had a budget of their own: it was another one. */
function busiestMinute(times: readonly number[]): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + 60_000).length));
}
