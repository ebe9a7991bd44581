import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

/** What a client sees of a server that has just been started. (Before the syncer's thread has begun: tests/sync/early.test.ts.) */

test.skipIf(process.platform === 'win32')(
  'a pipe where the mirror should be keeps nobody waiting: tools are listed, and answers come from a temporary one',
  async () => {
    const api = await startFakeCustomerApi();
    fillSmallFleet(api.backend, Date.now() / 1000);
    const place = createPlace(api.url);
    mkdirSync(dirname(place.file));
    execFileSync('mkfifo', [place.file]);
    const { client, call } = await connect(place);
    expect((await client.listTools()).tools.length).toBeGreaterThan(0);
    const agents = await askUntil(
      () => call('list_agents'),
      (answer) => freshnessOf(answer).covered,
    );
    expect(freshnessOf(agents)).toMatchObject({ source: 'temporary' });
    expect(agents.text).toContain(`${place.file} is not a regular file`);
  },
);

test('many questions at once, as soon as a server is there, are answered from the mirror of before', async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600' });
  await run(['sync', '--quiet'], place);
  const { call } = await connect(place);
  const tools = ['list_agents', 'search_signals', 'get_mirror_status', 'get_whats_new'];
  const asked = Array.from({ length: 20 }, (_, place) => tools[place % tools.length] ?? '');
  const answers = await Promise.all(asked.map((tool) => call(tool)));
  for (const answer of answers) expect(freshnessOf(answer)).toMatchObject({ source: 'mirror', covered: true });
  // One that has to ask the API begins the syncer's thread under the others.
  const mixed = await connect(place);
  const [lost, ...rest] = await Promise.all(
    ['get_run_detail', ...asked].map((tool) =>
      mixed.call(tool, tool === 'get_run_detail' ? { run_id: 'no-such' } : {}),
    ),
  );
  expect(lost?.text).toContain('There is no run "no-such"');
  for (const answer of rest) expect(freshnessOf(answer)).toMatchObject({ source: 'mirror', covered: true });
});
