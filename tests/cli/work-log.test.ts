import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { secrets, setUpContent } from '../support/content-world.ts';
import { fillDemoStory } from '../support/demo-story.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { hostileTexts } from '../support/hostile-texts.ts';
import { runIds, startHostileApi } from '../support/hostile-world.ts';
import { askUntil, connect, freshnessOf, startHttpServer } from '../support/mcp-client.ts';
import { createPlace, type Place, run } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

const key = 'dt_live_S3CR3T-do-not-show';
const lineShape = z.looseObject({
  at: z.iso.datetime(),
  level: z.enum(['info', 'warn']),
  event: z.string(),
  pid: z.int(),
});

const fileOf = ({ folder }: Pick<Place, 'folder'>) => join(folder, 'work.log');
const eventsIn = (file: string) =>
  (existsSync(file) ? readFileSync(file, 'utf8') : '')
    .split('\n')
    .filter(Boolean)
    .map((line) => lineShape.parse(JSON.parse(line)));

async function fleet(extra: Record<string, string> = {}) {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, extra);
  return { api, place, logging: { env: { ...place.env, DUNETRACE_LOG: fileOf(place) } } };
}

test('a sync logs its pass and every request, paths without queries, for its owner alone', async () => {
  const { api, place, logging } = await fleet();
  expect(await run(['sync', '--quiet'], logging)).toEqual({ code: 0, stdout: '', stderr: '' });
  const events = eventsIn(fileOf(place));
  const requests = events.filter(({ event }) => event === 'request');
  expect(requests.map(({ path }) => decodeURIComponent(String(path))).toSorted()).toEqual(
    api.requests.map(({ path }) => decodeURIComponent(path)).toSorted(),
  );
  expect(requests[0]).toMatchObject({ method: 'GET', path: '/v1/agents', status: 200, bytes: expect.any(Number) });
  expect(events.at(-1)).toMatchObject({
    event: 'pass',
    agents: 2,
    new_runs: 3,
    new_signals: 2,
    requests: requests.length,
    failures: 0,
  });
  expect(statSync(fileOf(place)).mode & 0o777).toBe(0o600);
});

test('--verbose says the same on stderr, also of a check', async () => {
  const { place } = await fleet();
  const synced = await run(['sync', '--verbose', '--quiet'], place);
  expect(synced.stderr).toMatch(/^dunetrace-mcp: request method=GET path=\/v1\/agents status=200 bytes=\d+ ms=\d+/);
  expect(synced.stderr).toMatch(
    /\ndunetrace-mcp: pass agents=2 unchanged=0 new_runs=3 new_signals=2 requests=\d+ .*\n$/,
  );
  const checked = await run(['sync', '--check', '--verbose'], place);
  expect(checked.stderr).toContain('dunetrace-mcp: request method=GET path=/v1/agents status=200');
  expect((await run(['sync', '--quiet'], place)).stderr).toBe('');
});

test('requests that fail, wait, or are tried again are there with the reason', async () => {
  const { api, place, logging } = await fleet();
  api.fail({ kind: 'status', status: 429, retryAfter: '1' }, { times: 1 });
  api.fail({ kind: 'reset' }, { times: 1, when: ({ path }) => path.endsWith('/runs') });
  await run(['sync', '--quiet'], logging);
  const requests = eventsIn(fileOf(place)).filter(({ event }) => event === 'request');
  expect(requests[0]).toMatchObject({ path: '/v1/agents', status: 429 });
  expect(requests[1]).toMatchObject({ path: '/v1/agents', status: 200, queued_ms: expect.any(Number) });
  expect(Number(requests[1]?.queued_ms)).toBeGreaterThan(500);
  expect(requests).toContainEqual(expect.objectContaining({ error: 'unreachable' }));
});

test('processes share a file: each line is whole, and says whose it is', async () => {
  const { api, place, logging } = await fleet();
  fillDemoStory(api.backend, Date.now() / 1000);
  await Promise.all([1, 2, 3].map(() => run(['sync', '--full', '--quiet'], logging)));
  const events = eventsIn(fileOf(place));
  expect(new Set(events.map(({ pid }) => pid)).size).toBe(3);
  expect(events.filter(({ event }) => event === 'pass')).toHaveLength(3);
  expect(events.filter(({ event }) => event === 'request')).toHaveLength(api.requests.length);
});

test('a server logs calls, its lease, and an API that goes down and comes back', async () => {
  const { api, place, logging } = await fleet({ DUNETRACE_POLL_SECONDS: '1' });
  const server = await connect(logging);
  await askUntil(
    () => server.call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  await server.call('get_agent_runs', { agent_id: 'nobody-knows-it' });
  await server.call('tell_secret_4711', { words: 'secret words' });
  const comeBack = api.fail({ kind: 'status', status: 503, detail: 'quokka' }, { times: 1_000_000 });
  const seen = (name: string) => eventsIn(fileOf(place)).some(({ event }) => event === name);
  await expect.poll(() => seen('api_down')).toBe(true);
  expect(seen('api_up')).toBe(false);
  comeBack();
  await expect.poll(() => seen('api_up')).toBe(true);
  const events = eventsIn(fileOf(place));
  expect(events.every(({ pid }) => pid === server.pid)).toBe(true);
  expect(events).toContainEqual(expect.objectContaining({ event: 'serve' }));
  expect(events).toContainEqual(expect.objectContaining({ event: 'lease_taken' }));
  expect(events).toContainEqual(expect.objectContaining({ event: 'pass_failed', error: 'server_error' }));
  expect(events).toContainEqual(
    expect.objectContaining({ event: 'call', tool: 'list_agents', outcome: 'answered', ms: expect.any(Number) }),
  );
  expect(events).toContainEqual(expect.objectContaining({ event: 'call', tool: 'get_agent_runs', outcome: 'error' }));
  expect(events).toContainEqual(expect.objectContaining({ event: 'call', tool: 'unknown', outcome: 'error' }));
  expect(readFileSync(fileOf(place), 'utf8')).not.toMatch(/nobody-knows|4711|secret words|quokka/);
});

test('neither the key nor what agents, models, tools and servers wrote is in the log, though all of it is kept', async () => {
  const world = await setUpContent();
  const env = { ...world.env, DUNETRACE_API_KEY: key, DUNETRACE_CONTENT: 'keep', DUNETRACE_LOG: fileOf(world) };
  const server = await connect({ env });
  await askUntil(
    () => server.call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  const detail = await server.call('get_run_detail', { run_id: 'run-3' });
  expect(detail.text).toContain(secrets.error);
  expect((await server.call('search_signals', { query: 'bilby' })).isError).toBe(false);
  await server.call('query_mirror', { sql: `select '${secrets.system}' as said` });
  await server.call('query_mirror', { sql: `select ${secrets.custom}` });
  await server.call('get_agent_runs', { agent_id: secrets.args });
  world.api.fail({ kind: 'status', status: 500, detail: `${secrets.error} for ${key}` }, { times: 1000 });
  await server.call('refresh_mirror', {});
  await server.close();
  const log = readFileSync(fileOf(world), 'utf8');
  const names = eventsIn(fileOf(world)).map(({ event }) => event);
  expect(names.filter((name) => name === 'call').length).toBeGreaterThanOrEqual(7);
  expect(names).toContain('pass');
  for (const secret of [key, 'S3CR3T', ...Object.values(secrets), 'bilby', 'wombat', 'numbat', 'potoroo', 'quokka'])
    expect(log).not.toContain(secret);
});

test('hostile texts get into no log', async () => {
  const api = await startHostileApi();
  const place = createPlace(api.url, { DUNETRACE_CONTENT: 'keep' });
  const server = await connect({ env: { ...place.env, DUNETRACE_LOG: fileOf(place) } });
  await askUntil(
    () => server.call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  for (const run_id of runIds.slice(0, 5)) await server.call('get_run_detail', { run_id });
  for (const text of hostileTexts) await server.call('search_signals', { query: text });
  await server.close();
  const log = readFileSync(fileOf(place), 'utf8');
  expect(eventsIn(fileOf(place)).length).toBeGreaterThan(hostileTexts.length);
  for (const text of hostileTexts.filter(({ length }) => length > 3)) {
    expect(log).not.toContain(JSON.stringify(text).slice(1, -1));
    expect(log).not.toContain(encodeURIComponent(text.toWellFormed()));
  }
});

test('a log that can not be written is a usage error, and of a server the answer of each tool', async () => {
  const { place } = await fleet();
  const env = { ...place.env, DUNETRACE_LOG: join(place.folder, 'none', 'work.log') };
  const outcome = await run(['sync'], { env });
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(outcome.stderr).toMatch(
    /^dunetrace-mcp: DUNETRACE_LOG names .*work\.log, which can't be written \(ENOENT\)\./,
  );
  const server = await connect({ env });
  const answer = await server.call('list_agents');
  expect(answer.isError).toBe(true);
  expect(answer.text).toContain('DUNETRACE_LOG names');
});

test('a server over HTTP logs as one over stdio does', async () => {
  const { place } = await fleet();
  const { stderr } = await startHttpServer(place, ['--verbose']);
  await expect.poll(stderr).toMatch(/dunetrace-mcp: serve version=.*\n(?:.*\n)*dunetrace-mcp: lease_taken\n/);
  await expect.poll(stderr).toContain('dunetrace-mcp: pass agents=2');
});
