import { expect, test } from 'vitest';
import { fillDemoStory } from '../support/demo-story.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';
import { scoresAsked } from '../support/scores.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

const now = () => Date.now() / 1000;
const never = { DUNETRACE_POLL_SECONDS: '3600' };

/** A mirror that holds all of the API, which then gets a whole story. */
async function behind() {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, now());
  const { client, call } = await connect(createPlace(api.url, never));
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  fillDemoStory(api.backend, now());
  return { api, client };
}

test('a refresh brings what is new, and tells how far it has come', async () => {
  const { client } = await behind();
  const told: { progress: number; total?: number | undefined; message?: string | undefined }[] = [];
  const answer = await client.callTool({ name: 'refresh_mirror', arguments: {} }, undefined, {
    onprogress: (progress) => told.push(progress),
  });
  expect(answer.structuredContent).toMatchObject({ agents: 6, new_runs: 1203, new_signals: 237 });
  expect(told.length).toBeGreaterThan(3);
  const steps = told.map(({ progress }) => progress);
  expect(steps).toEqual([...new Set(steps)].toSorted((a, b) => a - b));
  expect(told.every(({ progress, total = 0 }) => progress <= total)).toBe(true);
  expect(told.at(-1)?.message).toMatch(/^\d of \d agents, \d+ of about \d+ rows$/);
});

test('a refresh that has to wait says for what, and for how long', async () => {
  const { api, client } = await behind();
  api.fail({ kind: 'status', status: 429, retryAfter: '1' }, { times: 1, when: ({ path }) => path.endsWith('/runs') });
  const told: { progress: number; message?: string | undefined }[] = [];
  await client.callTool({ name: 'refresh_mirror', arguments: {} }, undefined, {
    onprogress: (progress) => told.push(progress),
  });
  expect(told.map(({ message }) => message).join('\n')).toMatch(
    /agents, .* rows, the API asked to wait, 1s: The Customer API at .* limits the rate of this key \(429/,
  );
  const steps = told.map(({ progress }) => progress);
  expect(steps).toEqual([...new Set(steps)].toSorted((a, b) => a - b));
});

const listings = (requests: readonly { path: string }[]) => requests.filter(({ path }) => path === '/v1/agents').length;

test('a refresh begins after it was asked for: it does not join a pass that is under way', async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, now());
  const held = api.hold(({ path }) => path.endsWith('/signals'));
  const { call } = await connect(createPlace(api.url, never));
  // The poller's own first pass has listed the agents, and hangs at one's signals.
  await held.arrived;
  expect(listings(api.requests)).toBe(1);
  const refreshing = call('refresh_mirror');
  held.release();
  expect((await refreshing).isError).toBe(false);
  expect(listings(api.requests)).toBe(2);
});

test('a refresh that is cancelled ends its pass, and the server goes on', async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, now());
  // Requests that nobody ends take longer than this test may.
  const place = createPlace(api.url, { ...never, DUNETRACE_CONCURRENCY: '1', DUNETRACE_TIMEOUT_SECONDS: '600' });
  const { client, call } = await connect(place);
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  fillDemoStory(api.backend, now());
  const held = api.hold(({ path }) => path.endsWith('/runs'));
  const cancel = new AbortController();
  const refreshing = client.callTool({ name: 'refresh_mirror', arguments: {} }, undefined, { signal: cancel.signal });
  await held.arrived;
  cancel.abort();
  await expect(refreshing).rejects.toThrow();
  // Had the cancelled pass gone on, this one would wait for it, for as long as its request is held.
  const answer = await call('refresh_mirror');
  expect(answer.structured).toMatchObject({ agents: 6, new_runs: 1203 });
  held.release();
});

test('a refresh of one agent reads that agent alone', async () => {
  const api = await startFakeCustomerApi();
  fillDemoStory(api.backend, now());
  const place = createPlace(api.url, never);
  await run(['sync', '--quiet'], place);
  const { call } = await connect(place);
  await askUntil(
    () => call('get_mirror_status'),
    (answer) => freshnessOf(answer).age_seconds === 0 || !freshnessOf(answer).stale,
  );
  await scoresAsked(api);
  const before = api.requests.length;
  const answer = await call('refresh_mirror', { agent_id: 'research-agent' });
  expect(answer.structured).toMatchObject({ agents: 5, new_runs: 0 });
  const lists = api.requests.slice(before).filter(({ path }) => path !== '/v1/agents');
  expect(lists.length).toBeGreaterThan(0);
  expect(lists.every(({ path }) => path.includes('research-agent'))).toBe(true);
});
