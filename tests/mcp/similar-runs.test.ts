import { expect, test } from 'vitest';
import type { WireEvent } from '../../src/sample/wire.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';

type Payload = Record<string, unknown>;

const start = Date.now() / 1000 - 7200;

const usual = (input: string, tool: string): [string, Payload][] => [
  ['run.started', { input_hash: input }],
  ['llm.called', { model: 'gpt-4o', prompt_tokens: 100 }],
  ['tool.called', { tool_name: tool, args_hash: 'aa' }],
  ['tool.responded', { tool_name: tool, success: true }],
  ['run.completed', { exit_reason: 'final_answer' }],
];

const looped = (input: string): [string, Payload][] => [
  ...usual(input, 'search').slice(0, 4),
  ['tool.called', { tool_name: 'search', args_hash: 'aa' }],
  ['tool.called', { tool_name: 'search', args_hash: 'aa' }],
];

interface Told {
  events: [string, Payload][];
  failures?: string[];
  agent?: string;
}

const runs: Readonly<Record<string, Told>> = {
  subject: { events: looped('one'), failures: ['TOOL_LOOP'] },
  'same-again': { events: looped('one'), failures: ['TOOL_LOOP'] },
  'another-way': { events: usual('two', 'mail'), failures: ['COST_SPIKE'] },
  'clean-same-input': { events: usual('one', 'search') },
  'clean-other': { events: usual('two', 'mail') },
  elsewhere: { events: usual('one', 'search'), agent: 'other' },
};

const idOf = (name: string) => `run-of-${name}`;

async function fleet(withEvents: readonly string[] = Object.keys(runs)) {
  const api = await startFakeCustomerApi();
  for (const [index, [name, { events, failures = [], agent = 'one' }]] of Object.entries(runs).entries()) {
    const startedAt = start + index;
    const run = { runId: idOf(name), agentId: agent, agentVersion: 'v1', startedAt, completedAt: startedAt + 60 };
    const wire = events.map(
      ([event_type, payload], step): WireEvent => ({
        event_type,
        step_index: step,
        timestamp: startedAt + step,
        payload,
        parent_run_id: null,
      }),
    );
    api.backend.ingestRun({ ...run, exitReason: 'run.completed', events: wire });
    api.backend.analyse(
      run.runId,
      failures.map((failureType) => ({ failureType, severity: 'HIGH', stepIndex: 1 })),
    );
  }
  const { call } = await connect(createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600' }));
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  for (const name of withEvents) await call('get_run_detail', { run_id: idOf(name) });
  return { api, call };
}

test('runs like a failed one: clean ones apart, and where the nearest did otherwise', async () => {
  const { api, call } = await fleet();
  await api.stop();
  const { text, structured } = await call('find_similar_runs', { run_id: `http://host/runs/${idOf('subject')}` });
  expect(structured).toMatchObject({
    agent_id: 'one',
    failure_types: ['TOOL_LOOP'],
    tools: ['search'],
    input_hash: 'one',
    looked_at: 4,
    looked_at_with_events: 4,
    other_runs: 4,
    same_input: { runs: 2, failed_runs: 1, is_all: true },
    clean: [
      { run_id: idOf('clean-same-input'), same_input: true, tools_alike: 1, failures_alike: 0, failure_types: [] },
      { run_id: idOf('clean-other'), same_input: false },
    ],
    failed: [
      { run_id: idOf('same-again'), likeness: 1, order_alike: 1, same_input: true, failure_types: ['TOOL_LOOP'] },
      { run_id: idOf('another-way'), failures_alike: 0 },
    ],
    contrast: {
      run_id: idOf('clean-same-input'),
      relation: 'parted',
      common_events: 4,
      next_here: [{ event_type: 'tool.called' }, { event_type: 'tool.called' }],
      next_there: [{ event_type: 'run.completed' }],
    },
  });
  expect(text).toContain('Of the 2 other runs with its input, 1 failed (50%, 95 %: 9% to 91%).');
  expect(text).toContain(
    `Run 1 is this one, run 2 the nearest clean run with the same input or tools: ${idOf('clean-same-input')}\n` +
      'Their first 4 events are the same; then the timelines diverge.',
  );
  expect(text).toMatch(/Run 1 next:\n\[4\].*step=\d+ tool\.called tool=search args=aa\n/);
  expect(text).toMatch(/Run 2 next:\n\[4\].*run\.completed/);
});

test('a clean run is held against the nearest failed one; a limit is of each kind', async () => {
  const { call } = await fleet();
  const { structured } = await call('find_similar_runs', { run_id: idOf('clean-other'), limit: 1 });
  expect(structured).toMatchObject({
    failure_types: [],
    clean: [{ run_id: idOf('clean-same-input') }],
    failed: [{ run_id: idOf('another-way'), likeness: 0.75 }],
    contrast: { run_id: idOf('another-way'), relation: 'same', common_events: 5, next_here: [], next_there: [] },
  });
});

test('without events, runs are alike in their failures alone, and the answer says what it lacks', async () => {
  const { api, call } = await fleet([]);
  await api.stop();
  const { text, structured } = await call('find_similar_runs', { run_id: idOf('subject') });
  expect(structured).toMatchObject({
    looked_at: 1,
    looked_at_with_events: 0,
    other_runs: 4,
    clean: [],
    failed: [{ run_id: idOf('same-again'), likeness: 1 }],
  });
  expect(structured).not.toHaveProperty('contrast');
  expect(structured).not.toHaveProperty('same_input');
  expect(text).toContain("Looked at 1 of the agent's 4 other runs");
  expect(text).toContain('0 have events.');
  expect(text).toContain('Not compared step by step: no events of the run are mirrored.');
});
