import { expect, test } from 'vitest';
import { downSentence, isDown, type Outage, outageOf, outageRow, probe } from '../../src/sync/circuit.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTestClient, type Fault, startFakeCustomerApi } from '../support/fake-customer-api.ts';

const now = Date.parse('2026-05-13T13:20:00Z') / 1000;
const outage: Outage = {
  failures: 3,
  since: now - 90,
  kind: 'unreachable',
  why: 'It is away.',
  failedAt: now - 2,
  nextTryAt: now + 6,
};
const nothing = {
  id: 1,
  quietAt: null,
  quietUntil: null,
  quietWhy: null,
  calledAt: null,
  clockSkew: null,
  clockUnknown: null,
  generation: null,
  generationAt: null,
};

test('the API counts as down after three failures in a row', () => {
  expect([1, 2, 3, 4].map((failures) => isDown({ ...outage, failures }))).toEqual([false, false, true, true]);
  expect(isDown(undefined)).toBe(false);
});

test('what the mirror keeps of it comes back, unless nobody looked for minutes, or clocks jumped', () => {
  const row = { ...nothing, ...outageRow(outage) };
  expect(outageOf(row, now)).toEqual(outage);
  expect(outageOf(row, now + 299)).toBeUndefined();
  expect(outageOf(row, now - 400)).toBeUndefined();
  expect(outageOf({ ...nothing, ...outageRow(undefined) }, now)).toBeUndefined();
  expect(outageOf(undefined, now)).toBeUndefined();
});

test('the sentence tells since when it is down, and when it is tried next', () => {
  expect(downSentence(outage, now)).toBe('It is away. Down since 2026-05-13 13:18:30 UTC; next try at 13:20:06.');
  expect(downSentence(outage, now + 7)).toContain('trying now.');
});

const isHealth = { when: ({ path }: { path: string }) => path === '/health' };

test.each<[string, Fault | undefined, boolean]>([
  ['answers', undefined, true],
  ['has no /health', { kind: 'status', status: 404 }, true],
  ['wants a key for /health', { kind: 'status', status: 401 }, true],
  ['shows a page at /health', { kind: 'html' }, true],
  ['fails at /health', { kind: 'status', status: 503 }, false],
  ['cuts the connection', { kind: 'down' }, false],
])('an API that %s is up: %s', async (_, fault, isUp) => {
  const api = await startFakeCustomerApi();
  const client = createTestClient(api.url, createFakeClock());
  if (fault) api.fail(fault, isHealth);
  const error = await probe(client, new AbortController().signal);
  expect(error === undefined).toBe(isUp);
  expect(api.requests.map(({ path }) => path)).toEqual(isUp ? ['/health', '/v1/agents'] : ['/health']);
  await client.close();
});

test('an API that fails at the agents list is down, one that refuses the key is up', async () => {
  const api = await startFakeCustomerApi({ key: 'right' });
  const client = createTestClient(api.url, createFakeClock(), { apiKey: 'right' });
  const stranger = createTestClient(api.url, createFakeClock(), { apiKey: 'wrong' });
  const { signal } = new AbortController();
  api.fail({ kind: 'status', status: 500 }, { when: ({ path }) => path === '/v1/agents' });
  expect(await probe(client, signal)).toMatchObject({ kind: 'server_error' });
  expect(await probe(client, signal)).toBeUndefined();
  expect(await probe(stranger, signal)).toBeUndefined();
  await Promise.all([client.close(), stranger.close()]);
});
