import { createServer } from 'node:http';
import { expect, test, vi } from 'vitest';
import { SampleBackend } from '../support/customer-api/backend.ts';
import { answer } from '../support/customer-api/routes.ts';
import { isLong } from '../support/effort.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { serveOnLoopback } from '../support/loopback.ts';
import { connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

vi.setConfig({ testTimeout: 60_000 });

const hours = 3600;
const fill = (backend: SampleBackend) => fillSmallFleet(backend, backend.now());

/** A Customer API whose clock is `skew` seconds ahead of this machine's. */
async function setUp(skew: number) {
  const clock = { ...createFakeClock(), now: () => Date.now() / 1000 + skew };
  const api = await startFakeCustomerApi({ clock });
  fill(api.backend);
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600' });
  await run(['sync', '--quiet'], place);
  return { api, place };
}

test.each(isLong ? [-2 * hours, 2 * hours, -400 * 24 * hours, 0] : [-2 * hours, 2 * hours])(
  'windows and ages count by the clock of a server that is %i s ahead, while it is away too',
  async (skew) => {
    const { api, place } = await setUp(skew);
    const seen = async () => {
      const server = await connect(place);
      const within = await server.call('search_signals', { since_hours: 7 });
      const none = await server.call('search_signals', { since_hours: 5 });
      const news = await server.call('get_whats_new', { since: '7h' });
      const health = await server.call('get_agent_health', { agent_id: 'research-agent' });
      const agents = await server.call('list_agents');
      await server.close();
      return {
        found: [within.structured.total, none.structured.total],
        // But for the minute that it was asked in.
        news: news.text.split('\n')[0]?.replaceAll(/\d\d:\d\d/g, 'hh:mm'),
        runs: health.structured.sample_runs,
        ages: /\w+ ago|just now/.exec(agents.text)?.[0],
      };
    };
    const expected = await seen();
    expect(expected).toMatchObject({ found: [1, 0], runs: 2 });
    await api.stop();
    expect(await seen()).toEqual(expected);
  },
);

test('a server that does not tell its time: each answer says by what windows count', async () => {
  const backend = new SampleBackend({ generation: 2 });
  fill(backend);
  const api = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const { status, body } = answer(backend, pathname, searchParams);
    response.sendDate = false;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const place = createPlace(await serveOnLoopback(api));
  await run(['sync', '--quiet'], place);
  const server = await connect(place);
  const found = await server.call('search_signals', { since_hours: 1 });
  expect(freshnessOf(found).note).toBe(
    "The API's answers have no Date header: windows and ages use this machine's clock.",
  );
});
