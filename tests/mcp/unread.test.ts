import { expect, test } from 'vitest';
import { z } from 'zod';
import { isLong } from '../support/effort.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';
import { type ListOfRows, type Spoiling, spoil } from '../support/spoil.ts';

/** What a user reads of rows that the API sends in a form that can't be read. */

async function synced() {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600' });
  expect(await run(['sync'], place)).toMatchObject({ code: 0 });
  const spoilAll = (list: ListOfRows, how: Spoiling) => api.rewrite(spoil((of) => (of === list ? how : undefined)));
  return { api, place, spoilAll };
}

const both: readonly Spoiling[] = ['keyed', 'nameless'];

const agent = { agent_id: 'research-agent' };
const questions: [string, Record<string, unknown>][] = [
  ['list_agents', {}],
  ['search_signals', {}],
  ['get_agent_signals', agent],
  ['get_agent_runs', agent],
  ['get_agent_health', agent],
  ['get_agent_patterns', agent],
  ['get_agent_token_stats', agent],
  ['summarize_agent', agent],
  ['get_whats_new', { since: '24h' }],
  ['query_mirror', { sql: 'select count(*) from v_signals' }],
  ['get_mirror_status', {}],
];

test.each(isLong ? both : both.slice(0, 1))(
  'every answer says that signals are unread, and loses none: %s',
  async (how) => {
    const { api, place, spoilAll } = await synced();
    const before = await run(['sql', 'select id, gone_at from v_signals'], place);
    spoilAll('signals', how);
    const full = await run(['sync', '--full'], place);
    expect(full.code).toBe(6);
    expect(full.stdout).toMatch(/Not read: \d signals? of research-agent \(signal: .*detected_at Invalid input/);
    expect(await run(['sql', 'select id, gone_at from v_signals'], place)).toEqual(before);

    const { call } = await connect(place);
    await askUntil(
      () => call('list_agents'),
      (answer) => !freshnessOf(answer).stale,
    );
    for (const [name, args] of questions) {
      const { text, structured, isError } = await call(name, args);
      expect(isError, text).toBe(false);
      expect(text, name).toMatch(
        /\nSource: .*read .*, except for rows that can't be read.*The API has \d signals? that can't be read/,
      );
      expect(text, name).not.toContain('equal to the API');
      expect(structured.freshness, name).toMatchObject({
        covered: false,
        unread: { signals: expect.any(Number) },
        note: expect.stringContaining('detected_at'),
      });
    }
    const missing = await call('get_signal_detail', { signal_id: 4711 });
    expect(missing.text).toContain("may be among the rows that can't be read");

    api.rewrite(undefined);
    expect(freshnessOf(await call('refresh_mirror'))).toMatchObject({ covered: true });
    expect((await call('search_signals')).text).toMatch(/\nSource: mirror, \d+s old\.$/);
  },
);

test('the commands name the list, the field and the reason, until it is mended', async () => {
  const { api, place, spoilAll } = await synced();
  spoilAll('signals', 'keyed');
  await run(['sync', '--full', '--quiet'], place);
  const doctor = await run(['doctor'], place);
  expect(doctor.code).toBe(6);
  expect(doctor.stdout).toMatch(/warn {2}Rows +can't be read: \d signals? of .*\(signal: .*detected_at/);
  const status = await run(['status'], place);
  expect(status.stdout).toMatch(/Not read: \d signals? of research-agent \(signal: .*detected_at/);
  expect(status.stdout).toMatch(/all but \d/);
  const json = z.object({
    unread: z.array(z.looseObject({ list: z.string(), count: z.number(), shape: z.string() })),
  });
  expect(json.parse(JSON.parse((await run(['status', '--json'], place)).stdout)).unread.length).toBeGreaterThan(0);
  api.rewrite(undefined);
  expect(await run(['sync'], place)).toMatchObject({ code: 0 });
});

test.each(isLong ? both : both.slice(1))('an agents list that can not be read is no empty fleet: %s', async (how) => {
  const { place, spoilAll } = await synced();
  spoilAll('agents', how);
  const fresh = createPlace(place.env.DUNETRACE_API_URL ?? '');
  const first = await run(['sync'], fresh);
  expect(first).toMatchObject({ code: 6, stdout: expect.stringMatching(/Not read: 2 agents \(agent: .*last_seen/) });
  expect(first.stdout).toContain(how === 'keyed' ? 'Runs:     3' : 'Runs:     0');
  const { call } = await connect(fresh);
  const { text } = await call('list_agents');
  expect(text).not.toContain('lists no agents');
  expect(text).toContain("The API has 2 agents that can't be read");
  const unknown = await call('get_agent_runs', { agent_id: 'nobody' });
  expect(unknown.text).toContain("may be among the rows that can't be read");
  expect(await run(['sync'], place)).toMatchObject({ code: 6 });
  expect(
    (await run(['sql', 'select count(*) from v_agents where gone_at is null', '--format', 'csv'], place)).stdout,
  ).toContain('2');
});
