import { expect, test } from 'vitest';
import type { SampleBackend } from '../support/customer-api/backend.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';
import { scoresAsked } from '../support/scores.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

const newRun = '77777777-7777-4777-8777-777777777777';

/** A server that has polled once and will not do so again, and whose mirror is fresh for hours. */
async function polledOnce() {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const connection = await connect(createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600' }));
  await askUntil(
    () => connection.call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  await scoresAsked(api);
  return { api, ...connection };
}

function addRun(backend: SampleBackend, agentId: string, failureType: string): void {
  const end = Date.now() / 1000 - 5;
  const run = { runId: newRun, agentId, agentVersion: 'v2', startedAt: end - 3, completedAt: end };
  backend.ingestRun({ ...run, exitReason: 'run.completed' });
  backend.analyse(newRun, [{ failureType, severity: 'HIGH', stepIndex: 1 }]);
}

test('an agent that a fresh mirror lacks is fetched, stored, and answered from the mirror from then on', async () => {
  const { api, call } = await polledOnce();
  addRun(api.backend, 'brand-new', 'COST_SPIKE');
  const first = await call('get_agent_signals', { agent_id: 'brand-new' });
  expect(freshnessOf(first)).toMatchObject({ source: 'live', covered: true });
  expect(first.structured).toMatchObject({ total: 1, items: [{ failure_type: 'COST_SPIKE', run_id: newRun }] });
  const requests = api.requests.length;
  const second = await call('get_agent_runs', { agent_id: 'brand-new' });
  expect(freshnessOf(second).source).toBe('mirror');
  expect(second.structured).toMatchObject({ total: 1 });
  expect(api.requests.length).toBe(requests);
});

test.each([
  ['named with its agent', { agent_id: 'research-agent' }],
  ['alone', {}],
])('a signal that a fresh mirror lacks, %s, is fetched, stored and answered', async (_, besides) => {
  const { api, call } = await polledOnce();
  addRun(api.backend, 'research-agent', 'COST_SPIKE');
  const answer = await call('get_signal_detail', { signal_id: 3, ...besides });
  expect(freshnessOf(answer).source).toBe('live');
  expect(answer.structured).toMatchObject({ id: 3, failure_type: 'COST_SPIKE', run_id: newRun });
  const requests = api.requests.length;
  expect(freshnessOf(await call('get_signal_detail', { signal_id: 3, ...besides })).source).toBe('mirror');
  expect(api.requests.length).toBe(requests);
});

test.each([
  ['get_run_detail', { run_id: 'no-such-run' }, 1],
  ['get_agent_runs', { agent_id: 'no-such-agent' }, 1],
  ['search_signals', { agent_id: 'no-such-agent' }, 1],
  ['get_signal_detail', { signal_id: 4242 }, 1],
  ['get_signal_detail', { signal_id: 4242, agent_id: 'research-agent' }, 3],
])('%s(%j) asks the API once, and not again within a minute', async (name, args, most) => {
  const { api, call } = await polledOnce();
  const before = api.requests.length;
  const first = await call(name, args);
  expect(first.isError).toBe(true);
  const asked = api.requests.length - before;
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThanOrEqual(most);
  for (let n = 0; n < 5; n += 1) expect((await call(name, args)).text).toBe(first.text);
  expect(api.requests.length - before).toBe(asked);
});

test('what was missed turns up as soon as the mirror has it', async () => {
  const { api, call } = await polledOnce();
  const ask = () => call('get_agent_signals', { agent_id: 'brand-new' });
  expect((await ask()).isError).toBe(true);
  addRun(api.backend, 'brand-new', 'COST_SPIKE');
  await call('refresh_mirror');
  expect((await ask()).structured).toMatchObject({ total: 1 });
});

test('a signal of another agent than the one named is not missed for good', async () => {
  const { api, call } = await polledOnce();
  addRun(api.backend, 'billing agent №7', 'COST_SPIKE');
  const wrong = await call('get_signal_detail', { signal_id: 3, agent_id: 'research-agent' });
  expect(wrong.text).toContain(
    'There is no signal #3 of "research-agent": the API has no signal with this number. Leave agent_id out',
  );
  expect((await call('get_signal_detail', { signal_id: 3 })).structured).toMatchObject({ id: 3 });
});

test('many questions about one unknown run are one request', async () => {
  const { api, call } = await polledOnce();
  const before = api.requests.length;
  await Promise.all(Array.from({ length: 30 }, () => call('get_run_detail', { run_id: 'no-such-run' })));
  expect(api.requests.length - before).toBeLessThan(10);
});

test('many questions about many unknown agents cost the API few requests', async () => {
  const { api, call } = await polledOnce();
  const before = api.requests.length;
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) => call('summarize_agent', { agent_id: `no-such-agent-${n}` })),
  );
  expect(answers.every(({ isError }) => isError)).toBe(true);
  expect(api.requests.length - before).toBeLessThan(10);
});

test('20 signals, however much they have to say, are under 10,000 characters', async () => {
  const { api, call } = await polledOnce();
  const long = (what: string, n: number) => `${what} ${n} ${'tells a very long story '.repeat(200)}`;
  api.backend.analyse(
    newRunOf(api.backend),
    Array.from({ length: 20 }, (_, n) => ({
      failureType: 'TOOL_LOOP',
      severity: 'HIGH' as const,
      stepIndex: n,
      title: long('title', n),
      what: long('what', n),
      whyItMatters: long('why', n),
      suggestedFixes: [{ description: long('fix', n), language: 'text', code: long('code', n) }],
    })),
  );
  await call('refresh_mirror');
  for (const name of ['get_agent_signals', 'search_signals', 'summarize_agent', 'get_run_detail']) {
    const args =
      name === 'search_signals'
        ? { limit: 20 }
        : name === 'get_run_detail'
          ? { run_id: newRun }
          : { agent_id: 'wordy' };
    const { text, structured } = await call(name, args);
    expect(text.length, name).toBeLessThan(10_000);
    expect(JSON.stringify(structured).length, name).toBeLessThan(10_000);
  }
});

function newRunOf(backend: SampleBackend): string {
  const end = Date.now() / 1000 - 5;
  const run = { runId: newRun, agentId: 'wordy', agentVersion: 'v2', startedAt: end - 3, completedAt: end };
  backend.ingestRun({ ...run, exitReason: 'run.completed' });
  return newRun;
}
