import { expect, test } from 'vitest';
import { z } from 'zod';
import type { WireEvent } from '../../src/sample/wire.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';

type Payload = Record<string, unknown>;

const structuredShape = z.object({
  runs: z.array(z.record(z.string(), z.unknown())).length(2),
  timelines: z.object({
    compared: z.boolean(),
    relation: z.string().optional(),
    common_events: z.number().optional(),
    last_common: z.array(z.looseObject({ index: z.number() })).optional(),
    next_1: z.array(z.looseObject({ index: z.number() })).optional(),
    next_2: z.array(z.looseObject({ index: z.number() })).optional(),
    reasons: z.array(z.string()).optional(),
  }),
});

const start = Date.now() / 1000 - 7200;

const usual: readonly [string, Payload][] = [
  ['run.started', { input_hash: 'one' }],
  ['llm.called', { model: 'gpt-4o', prompt_tokens: 100 }],
  ['llm.responded', { prompt_tokens: 100, completion_tokens: 20, latency_ms: 900, output_length: 50 }],
  ['tool.called', { tool_name: 'search', args_hash: 'aa' }],
  ['tool.responded', { tool_name: 'search', success: true, latency_ms: 100, output_length: 5 }],
  ['retrieval.called', { index_name: 'docs', query_hash: 'qq' }],
  ['run.completed', { exit_reason: 'final_answer' }],
];

/** The usual events, with what differs in event number `at`. */
const changed = (at: number, type: string, payload: Payload) =>
  usual.map(([name, said], index): [string, Payload] => (index === at ? [type, payload] : [name, said]));

const calls = Array.from({ length: 3000 }, (): [string, Payload] => ['tool.called', { tool_name: 'search' }]);

const runs: Record<string, { events: readonly [string, Payload][]; agent?: string }> = {
  usual: { events: usual },
  // Times, sizes and the hash of the input are no steps.
  twin: {
    events: usual.map(([type, payload]): [string, Payload] => [
      type,
      { ...payload, ...('latency_ms' in payload ? { latency_ms: 7, output_length: 1 } : {}), input_hash: 'other' },
    ]),
    agent: 'another',
  },
  beginning: { events: usual.slice(0, 4) },
  model: { events: changed(1, 'llm.called', { model: 'gpt-4o-mini', prompt_tokens: 100 }) },
  args: { events: changed(3, 'tool.called', { tool_name: 'search', args_hash: 'bb' }) },
  tool: { events: changed(3, 'tool.called', { tool_name: 'fetch', args_hash: 'aa' }) },
  success: { events: changed(4, 'tool.responded', { tool_name: 'search', success: false }) },
  query: { events: changed(5, 'retrieval.called', { index_name: 'docs', query_hash: 'rr' }) },
  type: { events: changed(6, 'run.errored', { exit_reason: 'final_answer' }) },
  first: { events: changed(0, 'run.begun', {}) },
  long: { events: calls },
  longer: { events: [...calls, ...usual] },
  expired: { events: usual },
};

const idOf = (name: string) => `run-of-${name}`;

async function fleet() {
  const api = await startFakeCustomerApi();
  for (const [index, [name, { events, agent = 'one' }]] of Object.entries(runs).entries()) {
    const startedAt = start + index;
    const run = { runId: idOf(name), agentId: agent, agentVersion: 'v1', startedAt, completedAt: startedAt + 60 };
    const wire = events.map(
      ([event_type, payload], step): WireEvent => ({
        event_type,
        step_index: step,
        timestamp: startedAt + step * (index + 1) * 0.001,
        payload,
        parent_run_id: null,
      }),
    );
    api.backend.ingestRun({ ...run, exitReason: 'run.completed', events: wire });
    api.backend.analyse(run.runId, [{ failureType: 'TOOL_LOOP', severity: 'HIGH', stepIndex: 1 }]);
  }
  api.backend.expireEvents(idOf('expired'));
  const { call } = await connect(
    createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600', DUNETRACE_LIVE_BUDGET_MS: '60000' }),
  );
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  const compare = async (one: string, other: string) => {
    const answer = await call('compare_runs', { run_id_1: idOf(one), run_id_2: idOf(other) });
    expect(answer.isError, answer.text).toBe(false);
    return { ...answer, ...structuredShape.parse(answer.structured) };
  };
  return { api, call, compare };
}

test('timelines part at the first event that is another one, whichever run comes first', async () => {
  const { compare } = await fleet();
  const expected: [string, string, number][] = [
    ['twin', 'same', 7],
    ['beginning', 'second_is_beginning', 4],
    ['model', 'parted', 1],
    ['args', 'parted', 3],
    ['tool', 'parted', 3],
    ['success', 'parted', 4],
    ['query', 'parted', 5],
    ['type', 'parted', 6],
    ['first', 'parted', 0],
  ];
  for (const [name, relation, common] of expected) {
    const { timelines } = await compare('usual', name);
    expect([name, timelines.relation, timelines.common_events]).toEqual([name, relation, common]);
    const turned = (await compare(name, 'usual')).timelines;
    expect(turned.relation).toBe(relation === 'second_is_beginning' ? 'first_is_beginning' : relation);
    expect(turned.common_events).toBe(common);
  }
  const { text, timelines, runs: sides } = await compare('usual', 'success');
  expect(text).toContain('Their first 4 events are the same; then the timelines diverge.');
  expect(text).toMatch(/Last in common:\n\[1\].*\n\[2\].*\n\[3\].*tool=search args=aa\n/);
  expect(text).toMatch(/Run 1 next:\n\[4\].*ok=true 100ms\n/);
  expect(text).toMatch(/Run 2 next:\n\[4\].*ok=false\n/);
  expect(timelines.last_common?.map(({ index }) => index)).toEqual([1, 2, 3]);
  expect(timelines.next_2?.[0]).toMatchObject({ index: 4, event_type: 'tool.responded', payload: { success: false } });
  const facts = { duration_seconds: 60, total_tokens: 120, llm_calls: 1, tool_calls: 1, signals: { TOOL_LOOP: 1 } };
  expect(sides).toMatchObject([facts, facts]);
});

test('long timelines are compared whole, in an answer that stays short', async () => {
  const { api, compare } = await fleet();
  const { text, structured, timelines } = await compare('long', 'longer');
  expect(timelines).toMatchObject({ relation: 'first_is_beginning', common_events: 3000, next_1: [] });
  expect(timelines.next_2?.map(({ index }) => index)).toEqual([3000, 3001, 3002]);
  expect(text).toContain('run 1 ends there, and run 2 goes on.');
  expect(text.length).toBeLessThan(3000);
  expect(JSON.stringify(structured).length).toBeLessThan(5000);
  expect(text).toContain('Last in common:\n[2997] ');
  // Runs that have ended are asked for once.
  const asked = api.requests.length;
  expect(freshnessOf(await compare('longer', 'long')).source).toBe('mirror');
  expect(api.requests.length).toBe(asked);
});

test('runs of two agents are compared, and runs without events by what else is known', async () => {
  const { api, call, compare } = await fleet();
  expect((await compare('usual', 'twin')).text).toContain('(the runs are of different agents)');
  expect((await compare('usual', 'args')).text).not.toContain('different agents');
  const expired = await compare('expired', 'usual');
  expect(expired.timelines).toEqual({ compared: false, reasons: ['run 1: the server has dropped its events for age'] });
  expect(expired.text).toContain('The timelines are not compared');
  expect(expired.runs).toMatchObject([{ events_total: 0 }, { events_total: 7 }]);
  await api.stop();
  const offline = await compare('usual', 'query');
  expect(offline.timelines).toEqual({ compared: false, reasons: ['run 2: its events are not mirrored yet'] });
  expect(freshnessOf(offline).note).toContain("can't be reached");
  const same = await call('compare_runs', { run_id_1: idOf('usual'), run_id_2: `http://host/runs/${idOf('usual')}` });
  expect(same).toMatchObject({ isError: true, text: expect.stringContaining('are the same run, "run-of-usual"') });
});
