import { expect, test } from 'vitest';
import { isLong } from '../support/effort.ts';
import { type FakeCustomerApi, startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';
import { fillSmallFleet, looping } from '../support/small-fleet.ts';

/** Passes fail three times before the API counts as down, each after four tries. */
const timeout = 90_000;

/** A server on a mirror that was filled while the API was well, and an API that fails from now on. */
async function served(fail: (api: FakeCustomerApi) => unknown) {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '1', DUNETRACE_TIMEOUT_SECONDS: '0.5' });
  await run(['sync', '--quiet'], { env: { ...place.env, DUNETRACE_TIMEOUT_SECONDS: '15' } });
  await fail(api);
  return { api, place, ...(await connect(place)) };
}

const hang = (api: FakeCustomerApi) => {
  for (let n = 0; n < 200; n += 1) api.hold();
};

const down = / Down since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC; (next try at \d\d:\d\d:\d\d|trying now)\.$/;

const outages: [string, (api: FakeCustomerApi) => unknown, string][] = [
  [
    'is gone',
    (api) => api.stop(),
    "can't be reached (ECONNREFUSED). Is the backend running, and DUNETRACE_API_URL right?",
  ],
  ['hangs', hang, "can't be reached (no answer within 0.5 s). Is the backend running, and DUNETRACE_API_URL right?"],
  [
    'answers 500',
    (api) => api.fail({ kind: 'status', status: 500 }, { times: 1_000_000 }),
    "/v1/agents answered 500: injected. Look at the backend's log.",
  ],
];

test.each(isLong ? outages : outages.slice(0, 2))(
  'an API that %s counts as down: every answer says so, and asks it nothing',
  { timeout },
  async (_, fail, why) => {
    const { api, place, call } = await served(fail);
    const answer = await askUntil(
      () => call('list_agents'),
      (got) => down.test(freshnessOf(got).note ?? ''),
    );
    expect(answer.text).toContain('research-agent');
    // What fails may be the probe by now.
    expect(freshnessOf(answer).note).toContain(why.replace(/^\/v1\/agents/, ''));
    const before = api.requests.length;
    const other = await connect(place);
    for (const { text } of [await call('get_run_detail', { run_id: 'no-such-run' }), await other.call('list_agents')])
      expect(text).toMatch(/Down since/);
    expect(new Set(api.requests.slice(before).map(({ path }) => path))).toEqual(
      new Set(api.requests.length > before ? ['/health'] : []),
    );
  },
);

test('an API that limits the rate is named in the answer, and is not down', async () => {
  const { call } = await served((api) =>
    api.fail({ kind: 'status', status: 429, retryAfter: '100' }, { times: 1_000_000 }),
  );
  const answer = await askUntil(
    () => call('get_run_detail', { run_id: looping }),
    // On a busy machine the first note is that the API is late.
    (got) => freshnessOf(got).note?.includes('limits the rate') === true,
  );
  expect(freshnessOf(answer).note).toMatch(
    /limits the rate of this key \(429: injected\) until \d\d:\d\d:\d\d UTC\. Wait, or lower DUNETRACE_RPM \(now 300\)\.$/,
  );
});

test('an API that refuses the key is named in the answer, and is not down', async () => {
  const { call } = await served((api) => api.fail({ kind: 'status', status: 401 }, { times: 1_000_000 }));
  const answer = await askUntil(
    () => call('list_agents'),
    (got) => freshnessOf(got).note?.includes('refused the key') === true,
  );
  expect(freshnessOf(answer).note).toMatch(
    /refused the key \(401: injected\)\. Set DUNETRACE_API_KEY to an active key\.$/,
  );
});

test('a slow API is told to be late, and the answer comes from the mirror', async () => {
  const { place, api } = await served(() => {});
  const old = { ...place.env, DUNETRACE_LIVE_BUDGET_MS: '50', DUNETRACE_TIMEOUT_SECONDS: '60' };
  hang(api);
  const { call } = await connect({ env: old });
  const answer = await askUntil(
    () => call('list_agents'),
    (got) => freshnessOf(got).note !== undefined,
  );
  expect(freshnessOf(answer)).toMatchObject({ source: 'mirror', stale: true });
});

test('once the API is back, that is noticed, and a pass made at once', { timeout }, async () => {
  let isFailing = true;
  const { call } = await served((api) =>
    api.fail({ kind: 'status', status: 503 }, { times: 1_000_000, when: () => isFailing }),
  );
  await askUntil(
    () => call('list_agents'),
    (got) => down.test(freshnessOf(got).note ?? ''),
  );
  isFailing = false;
  const answer = await askUntil(
    () => call('list_agents'),
    (got) => freshnessOf(got).note === undefined,
  );
  expect(freshnessOf(answer)).toMatchObject({ stale: false, covered: true });
});
