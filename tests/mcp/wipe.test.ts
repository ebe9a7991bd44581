import { expect, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';
import { bloated, clean, fillSmallFleet, looping } from '../support/small-fleet.ts';

const hour = 3600;

test('after a wipe and one pass no answer holds anything of the old world', async () => {
  const api = await startFakeCustomerApi();
  const now = Date.now() / 1000;
  fillSmallFleet(api.backend, now);
  const { client, call } = await connect(createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600' }));
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  const old = [looping, clean, bloated, 'web_search', 'CONTEXT_BLOAT', 'abcd1234', 'v2.0.1', '№7'];
  const { text } = await call('search_signals', {});
  expect(old.some((part) => text.includes(part))).toBe(true);

  api.backend.wipe();
  const runIds = ['77777777-7777-4777-8777-777777777777', '88888888-8888-4888-8888-888888888888'];
  for (const [index, runId] of runIds.entries()) {
    const startedAt = now - hour + index;
    const run = { runId, agentId: 'research-agent', agentVersion: 'new1', startedAt, completedAt: startedAt + 1 };
    api.backend.ingestRun({ ...run, exitReason: 'run.completed' });
    api.backend.analyse(runId, [
      { failureType: 'COST_SPIKE', severity: 'LOW', stepIndex: 1, title: 'of the new world' },
    ]);
  }
  expect((await call('refresh_mirror')).isError).toBe(false);

  const agent = { agent_id: 'research-agent' };
  const answers = [
    await call('list_agents'),
    await call('get_agent_signals', agent),
    await call('get_signal_detail', { signal_id: 1 }),
    await call('get_agent_health', agent),
    await call('get_run_detail', { run_id: runIds[0] }),
    await call('search_signals', {}),
    await call('get_agent_patterns', { ...agent, days: 30 }),
    await call('get_failure_pattern_detail', { ...agent, failure_type: 'COST_SPIKE' }),
    await call('summarize_agent', agent),
    await call('get_agent_token_stats', agent),
    await call('get_agent_runs', agent),
    await call('compare_runs', { run_id_1: runIds[0], run_id_2: runIds[1] }),
    await call('get_whats_new', { since: '1h' }),
  ];
  for (const answer of answers) {
    expect(answer.isError, answer.text).toBe(false);
    const told = answer.text + JSON.stringify(answer.structured);
    expect(old.filter((part) => told.includes(part))).toEqual([]);
  }
  const resources = JSON.stringify(await client.listResources());
  expect(old.filter((part) => resources.includes(part))).toEqual([]);
  for (const run_id of [looping, clean, bloated]) expect((await call('get_run_detail', { run_id })).isError).toBe(true);
  // What is kept of it is a count of rows of an agent that is gone.
  const { structured } = await call('get_mirror_status');
  expect(structured).toMatchObject({ runs_total: 2, signals_total: 2 });
});
