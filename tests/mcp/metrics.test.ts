import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, callTool, connectTo, freshnessOf, startHttpServer } from '../support/mcp-client.ts';
import { type ParsedFamily, parseOpenMetrics } from '../support/open-metrics.ts';
import { createPlace, run } from '../support/program.ts';
import { ask } from '../support/raw-http.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

const token = 'a-token-of-enough-characters';

async function fleet(extra: Record<string, string> = {}) {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  return { api, place: createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600', ...extra }) };
}

async function metricsOf(url: string) {
  const { status, headers, body } = await ask(`${url}/metrics`);
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  return parseOpenMetrics(body);
}

const valueIn = (families: Map<string, ParsedFamily>, name: string, labels: Record<string, string> = {}) =>
  families
    .get(name)
    ?.samples.find((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))?.value;

test('/metrics says how the mirror is and what clients called, as OpenMetrics, and names no agent', async () => {
  const { place } = await fleet();
  const { url } = await startHttpServer(place);
  const client = await connectTo(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
  await askUntil(
    () => callTool(client, 'list_agents'),
    (got) => freshnessOf(got).covered && !freshnessOf(got).stale,
  );
  await client.callTool({ name: 'get_agent_runs', arguments: { agent_id: 'nobody-knows-it' } });
  await client.callTool({ name: 'tell_secret_4711', arguments: {} });
  const families = await metricsOf(url);
  expect([...families].map(([name, { type, unit }]) => [name, type, unit])).toEqual([
    ['dunetrace_mcp', 'info', undefined],
    ['dunetrace_mirror_polled', 'gauge', undefined],
    ['dunetrace_api_up', 'gauge', undefined],
    ['dunetrace_api_requests_last_minute', 'gauge', undefined],
    ['dunetrace_mirror_last_pass_timestamp_seconds', 'gauge', 'seconds'],
    ['dunetrace_mirror_age_seconds', 'gauge', 'seconds'],
    ['dunetrace_mirror_agents', 'gauge', undefined],
    ['dunetrace_mirror_rows', 'gauge', undefined],
    ['dunetrace_mirror_unread_rows', 'gauge', undefined],
    ['dunetrace_mirror_runs_without_events', 'gauge', undefined],
    ['dunetrace_mirror_file_bytes', 'gauge', 'bytes'],
    ['dunetrace_mcp_calls', 'counter', undefined],
    ['dunetrace_mcp_call_duration_seconds', 'histogram', 'seconds'],
  ]);
  expect(valueIn(families, 'dunetrace_api_up')).toBe(1);
  expect(valueIn(families, 'dunetrace_mirror_polled')).toBe(1);
  expect(valueIn(families, 'dunetrace_mirror_agents')).toBe(2);
  expect(valueIn(families, 'dunetrace_mirror_rows', { list: 'runs' })).toBe(3);
  expect(valueIn(families, 'dunetrace_mirror_rows', { list: 'signals' })).toBe(2);
  expect(valueIn(families, 'dunetrace_mirror_unread_rows', { list: 'signals' })).toBe(0);
  expect(valueIn(families, 'dunetrace_mirror_runs_without_events')).toBe(3);
  expect(valueIn(families, 'dunetrace_mirror_file_bytes')).toBeGreaterThan(100_000);
  expect(valueIn(families, 'dunetrace_mirror_age_seconds')).toBeLessThan(60);
  expect(
    Math.abs((valueIn(families, 'dunetrace_mirror_last_pass_timestamp_seconds') ?? 0) - Date.now() / 1000),
  ).toBeLessThan(60);
  expect(valueIn(families, 'dunetrace_api_requests_last_minute')).toBeGreaterThanOrEqual(5);
  const called = (tool: string, outcome: string) => valueIn(families, 'dunetrace_mcp_calls', { tool, outcome });
  expect(called('list_agents', 'answered')).toBeGreaterThan(0);
  expect(called('get_agent_runs', 'error')).toBe(1);
  expect(called('unknown', 'error')).toBe(1);
  const { body } = await ask(`${url}/metrics`);
  expect(body).not.toMatch(/research-agent|billing|nobody-knows|4711/);
  expect((await ask(`${url}/metrics`, { method: 'HEAD' })).status).toBe(200);
  expect((await ask(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
});

test('/metrics is behind the guard of all requests, and the token', async () => {
  const { place } = await fleet({ DUNETRACE_HTTP_TOKEN: token });
  const { url } = await startHttpServer(place);
  expect((await ask(`${url}/metrics`)).status).toBe(401);
  const authorization = `Bearer ${token}`;
  expect((await ask(`${url}/metrics`, { headers: { authorization } })).status).toBe(200);
  for (const forged of [{ host: 'evil.example' }, { origin: 'http://evil.example' }])
    expect((await ask(`${url}/metrics`, { headers: { authorization, ...forged } })).status).toBe(403);
});

test('an API that is down is told, with the age of the mirror', async () => {
  const { api, place } = await fleet();
  await run(['sync'], place);
  await api.stop();
  const { url } = await startHttpServer(place);
  await expect.poll(async () => valueIn(await metricsOf(url), 'dunetrace_api_up')).toBe(0);
  expect(valueIn(await metricsOf(url), 'dunetrace_mirror_age_seconds')).toBeGreaterThan(0);
});

test('without a mirror, the process still says what it knows', async () => {
  const { url } = await startHttpServer(createPlace('http://127.0.0.1:9', { DUNETRACE_POLL_SECONDS: 'often' }));
  const families = await metricsOf(url);
  expect(valueIn(families, 'dunetrace_mirror_polled')).toBe(0);
  expect(families.has('dunetrace_mirror_rows')).toBe(false);
});
