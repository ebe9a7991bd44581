import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import type { SampleBackend, SignalSpec } from '../support/customer-api/backend.ts';
import { fillDemoStory } from '../support/demo-story.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';
import { fillSmallFleet, looping } from '../support/small-fleet.ts';

const now = () => Date.now() / 1000;

/** One more run of research-agent, that ended five seconds ago. */
function addRun(backend: SampleBackend, runId: string, signals: readonly SignalSpec[] = []): void {
  const end = now() - 5;
  const run = { runId, agentId: 'research-agent', agentVersion: 'v2', startedAt: end - 3, completedAt: end };
  backend.ingestRun({ ...run, exitReason: 'run.completed' });
  backend.analyse(runId, signals);
}

test('a backend that is wiped under a running server: its old rows are gone from answers and from the file', async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, now());
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '1' });
  const { call } = await connect(place);
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  api.backend.wipe();
  const runId = '99999999-9999-4999-8999-999999999999';
  addRun(api.backend, runId, [{ failureType: 'COST_SPIKE', severity: 'HIGH', stepIndex: 1 }]);
  const signals = await askUntil(
    () => call('get_agent_signals', { agent_id: 'research-agent' }),
    ({ text }) => text.includes('COST_SPIKE') && !text.includes('TOOL_LOOP'),
  );
  expect(signals.structured).toMatchObject({ total: 1, items: [{ id: 1, run_id: runId }] });
  // Until the pass that found the wipe is complete, no answer claims to be.
  const runs = await askUntil(
    () => call('get_agent_runs', { agent_id: 'research-agent' }),
    (answer) => freshnessOf(answer).covered,
  );
  expect(runs.structured).toMatchObject({ total: 1, items: [{ run_id: runId }] });
  const agents = await call('list_agents');
  expect(agents.text).not.toContain('billing agent');
  const { stdout } = await run(['sql', 'SELECT id, agent_id FROM v_signals', '--format', 'csv'], place);
  expect(stdout).toBe('id,agent_id\n1,research-agent\n');
});

test('a server that was killed in mid-sync leaves a file that the next one goes on with', async () => {
  const api = await startFakeCustomerApi();
  fillDemoStory(api.backend, now());
  const place = createPlace(api.url, { DUNETRACE_CONCURRENCY: '1' });
  const held = api.hold(({ count }) => count === 6);
  const killed = await connect(place);
  await held.arrived;
  process.kill(killed.pid, 'SIGKILL');
  held.release();
  const status = JSON.parse((await run(['status', '--json'], place)).stdout);
  expect(status.poller.pid).toBe(killed.pid);
  // The dead one's lease still stands: this server does not poll yet, and is asked all the same.
  const { call } = await connect(place);
  const answer = await askUntil(
    () => call('list_agents'),
    (got) => freshnessOf(got).covered,
  );
  expect(answer.structured).toMatchObject({ total: 5 });
  const { stdout } = await run(['sql', 'SELECT count(*) AS n FROM v_signals', '--format', 'csv'], place);
  expect(stdout).toBe('n\n237\n');
});

test('a server that finds rubbish in place of its file moves it aside, and answers', async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, now());
  const place = createPlace(api.url);
  mkdirSync(dirname(place.file));
  writeFileSync(place.file, 'rubbish '.repeat(1000));
  const { call, stderr } = await connect(place);
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  expect((await call('get_run_detail', { run_id: looping })).text).toContain('TOOL_LOOP');
  expect(stderr()).toMatch(/is not a SQLite database\. It was moved to/);
  expect(readdirSync(dirname(place.file)).some((name) => name.includes('.corrupt-'))).toBe(true);
});

test.each([
  ['html', 'HTML instead of JSON'],
  ['cut json', 'invalid JSON'],
  ['wrong shape', 'in the format of the Customer API'],
] as const)('an API that answers %s is named in the answer, and the mirror still answers', async (kind, said) => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, now());
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '1' });
  const { call } = await connect(place);
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  api.fail({ kind }, { times: 1_000_000 });
  const answer = await askUntil(
    () => call('list_agents'),
    (got) => got.text.includes(said),
  );
  expect(answer.text).toContain('research-agent');
});

test("an agent's list that can't be read ages, however fresh the rest is", async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, now());
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '1' });
  await run(['sync', '--quiet'], place);
  api.fail(
    { kind: 'status', status: 400 },
    { times: 1_000_000, when: ({ path }) => path.endsWith('research-agent/runs') },
  );
  addRun(api.backend, '77777777-7777-4777-8777-777777777777');
  const { call } = await connect(place);
  const ask = () => call('get_agent_runs', { agent_id: 'research-agent' });
  const answer = await askUntil(ask, (got) => freshnessOf(got).stale && freshnessOf(got).note !== undefined);
  expect(freshnessOf(answer)).toMatchObject({ source: 'mirror' });
  expect(answer.text).toContain("The runs of research-agent can't be read");
  expect(freshnessOf(await call('get_agent_runs', { agent_id: 'billing agent №7' })).stale).toBe(false);
});

test('an API that asks for patience is named, and asked nothing until then', async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, now());
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '1' });
  await run(['sync', '--quiet'], place);
  api.fail({ kind: 'status', status: 429, retryAfter: '100' }, { times: 1_000_000 });
  const { call } = await connect(place);
  const limited = await askUntil(
    () => call('get_run_detail', { run_id: looping }),
    (answer) => freshnessOf(answer).note?.includes('limits the rate') === true,
  );
  expect(limited.text).toContain('TOOL_LOOP');
  const requests = api.requests.length;
  for (const runId of ['no-such-run', 'no-other-run']) {
    const missing = await call('get_run_detail', { run_id: runId });
    expect(missing.text).toContain(
      `The mirror has no run "${runId}", and the API can't be asked. The Customer API at ${api.url} limits the rate`,
    );
  }
  expect(api.requests.length).toBe(requests);
});

test('a slow API is no reason to say that a thing is not there', async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, now());
  const place = createPlace(api.url, { DUNETRACE_LIVE_BUDGET_MS: '30' });
  await run(['sync', '--quiet'], place);
  const held = api.hold(({ path }) => path.startsWith('/v1/runs/'));
  const { call } = await connect(place);
  const answer = await call('get_run_detail', { run_id: 'a-new-run' });
  held.release();
  expect(answer.text).toMatch(/^The mirror has no run "a-new-run" yet\. The API has not answered in full yet/);
});

test('another service at the URL is named, not passed off as a fleet without agents', async () => {
  const api = await startFakeCustomerApi();
  api.fail({ kind: 'status', status: 404 }, { times: 1_000_000 });
  const { call } = await connect(createPlace(api.url));
  for (const [name, args] of [
    ['list_agents', {}],
    ['summarize_agent', { agent_id: 'research-agent' }],
  ] as const) {
    const answer = await call(name, args);
    expect(answer.isError).toBe(true);
    expect(answer.text).toContain(
      'Is DUNETRACE_API_URL the Customer API itself, and not another service of Dunetrace?',
    );
  }
});

test('a row nested without end is skipped, the rest is mirrored, and the poller lives', async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, now());
  let deep: Record<string, unknown> = {};
  for (let level = 0; level < 1000; level += 1) deep = { deep };
  const row = { ...api.backend.signals('research-agent')[0], id: 99, evidence: deep };
  api.backend.addRawRow('signals', 'research-agent', row);
  const { call, stderr } = await connect(createPlace(api.url, { DUNETRACE_POLL_SECONDS: '1' }));
  const answer = await askUntil(
    () => call('get_agent_signals', { agent_id: 'research-agent' }),
    ({ text }) => text.includes('nested deeper than 100 levels'),
  );
  expect(answer.structured).toMatchObject({ total: 1 });
  expect(freshnessOf(answer).covered).toBe(false);
  expect(stderr()).toContain("can't be read and is skipped (signal: nested deeper than 100 levels)");
  addRun(api.backend, '77777777-7777-4777-8777-777777777777', [
    { failureType: 'COST_SPIKE', severity: 'HIGH', stepIndex: 1 },
  ]);
  await askUntil(
    () => call('get_agent_signals', { agent_id: 'research-agent' }),
    ({ text }) => text.includes('COST_SPIKE'),
  );
});
