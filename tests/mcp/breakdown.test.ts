import { expect, test } from 'vitest';
import type { WireEvent } from '../../src/sample/wire.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';

/** Noon of the day before: the same hour of the day for all runs of an hour. */
const noon = Math.floor(Date.now() / 86_400_000 - 1) * 86_400 + 12 * 3600;

async function fleet() {
  const api = await startFakeCustomerApi();
  for (let n = 0; n < 8; n += 1) {
    const startedAt = noon + n;
    const agentId = n < 6 ? 'one' : 'two';
    const runId = `run-${n}`;
    const event = (event_type: string, payload: Record<string, unknown>): WireEvent => ({
      event_type,
      step_index: 1,
      timestamp: startedAt,
      payload,
      parent_run_id: null,
    });
    api.backend.ingestRun({
      runId,
      agentId,
      agentVersion: n < 3 ? 'v1' : 'v2',
      startedAt,
      completedAt: startedAt + 5,
      exitReason: 'run.completed',
      costUsd: n / 100,
      events: [
        event('run.started', { input_hash: n % 2 === 0 ? 'even' : 'odd' }),
        event('llm.called', { model: 'gpt-4o', prompt_tokens: 100 }),
        event('llm.responded', { completion_tokens: 10 }),
        event('tool.called', { tool_name: 'search' }),
        event('tool.responded', { tool_name: 'search', success: n % 4 !== 0 }),
      ],
    });
    const failures = n === 5 ? ['TOOL_LOOP', 'COST_SPIKE'] : n === 6 ? ['TOOL_LOOP'] : [];
    api.backend.analyse(
      runId,
      failures.map((failureType) => ({ failureType, severity: 'HIGH', stepIndex: 1 })),
    );
  }
  const { call } = await connect(createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600' }));
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  for (let n = 0; n < 6; n += 1) await call('get_run_detail', { run_id: `run-${n}` });
  return { api, call };
}

test('what failures cost, which tool fails most, and at which hours, in one call each and offline', async () => {
  const { api, call } = await fleet();
  await api.stop();
  const cost = await call('breakdown', { by: 'failure_type', of: 'cost', since: '30d' });
  expect(cost.structured).toMatchObject({
    items: [
      { name: 'TOOL_LOOP', value: 0.11, of: 2 },
      { name: 'COST_SPIKE', value: 0.05, of: 1 },
    ],
    all: { value: 0.28, of: 8 },
    failed: { value: 0.11, of: 2 },
  });
  expect(cost.text).toContain('Failed runs, each once: $0.11, 2 runs; 39% of all.');
  expect(cost.text).toContain('Basis: server for 8 of 8 runs.');
  const tools = await call('breakdown', { by: 'tools', of: 'failures' });
  expect(tools.structured).toMatchObject({
    items: [{ name: 'search', value: 2, of: 6, rate: 0.3333, low: 0.0968, high: 0.7 }],
    runs: 8,
    runs_with_events: 6,
  });
  expect(tools.text).toContain('Events of 6 of 8 runs; the other runs are in no group.');
  expect(tools.text).toContain('All: 2 of 6 calls failed (33%, 95 %: 10% to 70%).');
  const hours = await call('breakdown', { by: 'hour', of: 'failures' });
  expect(hours.structured).toMatchObject({ items: [{ name: '12:00', value: 2, of: 8, rate: 0.25 }], total: 1 });
});

test("of all agents a version is its agent's own; of one it is not named twice", async () => {
  const { call } = await fleet();
  const { structured } = await call('breakdown', { by: 'version', of: 'runs' });
  expect(structured.items).toEqual([
    { name: 'v1', agent_id: 'one', value: 3, of: 3 },
    { name: 'v2', agent_id: 'one', value: 3, of: 3 },
    { name: 'v2', agent_id: 'two', value: 2, of: 2 },
  ]);
  const one = await call('breakdown', { by: 'Version', of: 'failure', agent_id: 'one', limit: 1 });
  expect(one.structured).toMatchObject({
    items: [{ name: 'v2', value: 1, of: 3, rate: 0.3333, low: 0.0615, high: 0.7923 }],
    total: 2,
    returned: 1,
    agent_id: 'one',
  });
  expect(one.text).toContain('…and 1 more');
});

test('what makes no sense is refused with what does', async () => {
  const { call } = await fleet();
  for (const [args, said] of [
    [
      { by: 'tool', of: 'cost' },
      'There is no breakdown of cost by tool: model calls spend tokens, not tools. By tool, pass of: runs, failures.',
    ],
    [{ by: 'failure_type', of: 'runs' }, 'By failure_type, pass of: failures, tokens, cost.'],
    [{ by: 'agent', of: 'runs' }, 'by: takes tool, model, hour, version, failure_type, input.'],
    [{ by: 'hour', of: 'money' }, 'of: takes runs, failures, tokens, cost.'],
    [{ by: 'hour' }, 'of is missing.'],
    [{ by: 'hour', of: 'runs', since: 'yesterday' }, 'since takes a date'],
  ] as const) {
    const answer = await call('breakdown', args);
    expect(answer.isError, answer.text).toBe(true);
    expect(answer.text).toContain(said);
  }
});
