import { expect, onTestFinished, test } from 'vitest';
import type { WireEvent } from '../../../src/sample/wire.ts';
import { SampleBackend, type SampleRun, type SignalSpec } from './backend.ts';
import { answer } from './routes.ts';
import { startSampleServer } from './server.ts';

/** What only the newest Customer API does (docs/customer-api.md). */

const start = 1_800_000_000;
const loop: SignalSpec = { failureType: 'TOOL_LOOP', severity: 'HIGH', stepIndex: 4 };
const spike: SignalSpec = { failureType: 'COST_SPIKE', severity: 'CRITICAL', stepIndex: 9 };

function setUp() {
  let now = start;
  const backend = new SampleBackend({ generation: 3, now: () => now });
  const get = (target: string) => {
    const [path = '', search] = target.split('?');
    return answer(backend, path, new URLSearchParams(search));
  };
  const add = (runId: string, signals: readonly SignalSpec[] = [], changes: Partial<SampleRun> = {}) => {
    now += 10;
    const times = { startedAt: now - 20, completedAt: now - 10 };
    backend.ingestRun({ runId, agentId: 'a', agentVersion: 'v1', exitReason: 'run.completed', ...times, ...changes });
    return backend.analyse(runId, signals);
  };
  const ids = () => [backend.runs('a'), backend.allRuns()].map((rows) => rows.map(({ run_id }) => run_id));
  return { backend, get, add, ids, wait: (seconds: number) => (now += seconds), now: () => now };
}

const event = (event_type: string, step_index: number, payload: Record<string, unknown> = {}): WireEvent => ({
  event_type,
  step_index,
  timestamp: start + step_index,
  payload,
  parent_run_id: null,
});

const called = (step: number, prompt_tokens: number) =>
  event('llm.called', step, { model: 'gpt-4o-mini', prompt_tokens, call_id: step });
const responded = (step: number, payload: Record<string, unknown>) => event('llm.responded', step, payload);

test('the lists of all agents take filters and show of each agent its newest', () => {
  const { get, add } = setUp();
  add('r1', [loop], { agentId: 'bot/eu' });
  add('r2', [loop, spike]);
  add('r3', [loop]);
  add('r4');
  const page = (total: number) => ({ total, offset: 0, limit: 50, has_more: false });
  expect(get('/v1/runs')).toMatchObject({
    body: { runs: [{ run_id: 'r4' }, { run_id: 'r3' }, { run_id: 'r2' }, { run_id: 'r1' }], page: page(4) },
  });
  expect(get('/v1/runs?agent_id=bot%2Feu')).toMatchObject({ body: { runs: [{ run_id: 'r1' }], page: page(1) } });
  expect(get('/v1/agents/bot%2Feu/runs')).toMatchObject({ status: 404 });
  expect(get('/v1/runs?per_agent_limit=1')).toMatchObject({
    body: { runs: [{ run_id: 'r4' }, { run_id: 'r1' }], page: page(2) },
  });
  expect(get('/v1/runs?has_signals=true&per_agent_limit=1')).toMatchObject({
    body: { runs: [{ run_id: 'r3' }, { run_id: 'r1' }], page: page(2) },
  });
  expect(get('/v1/signals?per_agent_limit=2')).toMatchObject({
    body: { signals: [{ id: 4 }, { id: 3 }, { id: 1 }], page: page(3) },
  });
  expect(get('/v1/signals?failure_type=tool_loop&severity=high&per_agent_limit=1')).toMatchObject({
    body: { signals: [{ id: 4 }, { id: 1 }], page: page(2) },
  });
  for (const query of ['per_agent_limit=0', 'failure_type=tool-loop', 'severity=loud']) {
    expect(get(`/v1/signals?${query}`)).toMatchObject({ status: 422 });
  }
});

test('explain=false leaves the title and the summary of the evidence, in both lists', () => {
  const { get, add } = setUp();
  add('r1', [loop]);
  const brief = { what: '', why_it_matters: '', suggested_fixes: [] };
  for (const path of ['/v1/signals', '/v1/agents/a/signals']) {
    const kept = { title: expect.stringMatching(/./), evidence_summary: expect.stringMatching(/./) };
    expect(get(`${path}?explain=false`)).toMatchObject({ body: { signals: [{ id: 1, ...brief, ...kept }] } });
    expect(get(path)).toMatchObject({ body: { signals: [{ what: expect.stringMatching(/./) }] } });
  }
});

test('tokens are those of the answers, or of the calls where no answer tells any', () => {
  const { backend, add } = setUp();
  const tokensOf = (runId: string, events: readonly WireEvent[]) => {
    add(runId, [], { events: [event('run.started', 0), ...events] });
    const [row] = backend.runs('a');
    const detail = backend.runDetail(runId);
    return [row?.total_tokens, row?.cost_usd, detail?.total_tokens, detail?.cost_usd];
  };
  const answered = { prompt_tokens: 500, completion_tokens: 30, reasoning_tokens: 300 };
  expect(tokensOf('both', [called(1, 450), responded(1, answered), called(2, 0), responded(2, answered)])).toEqual([
    1060, 0.000186, 1060, 0.000186,
  ]);
  expect(tokensOf('calls', [called(1, 450), responded(1, { completion_tokens: 30 })])[0]).toBe(480);
  expect(tokensOf('mixed', [called(1, 450), responded(1, answered), called(2, 450), responded(2, {})])[0]).toBe(530);
  expect(tokensOf('none', [event('run.completed', 7)])).toEqual([0, null, null, null]);
});

test('a detail names its conversation, marks shadow signals, and counts the highest step', () => {
  const { backend, get, add } = setUp();
  backend.ingestRun({
    runId: 'r0',
    agentId: 'a',
    agentVersion: 'v1',
    startedAt: 1,
    completedAt: 2,
    exitReason: 'stalled',
  });
  expect(get('/v1/runs/r0')).toMatchObject({ status: 404 });
  add('r1', [spike, { ...loop, stepIndex: 1, shadow: true }, loop], {
    events: [event('run.started', 0), called(7, 1)],
  });
  expect(get('/v1/runs/r1')).toMatchObject({
    body: {
      conversation_id: null,
      step_count: 7,
      signals: [
        { id: 3, shadow: false },
        { id: 1, shadow: false },
      ],
    },
  });
  expect(get('/v1/runs/r1?include_shadow=true')).toMatchObject({
    body: { signals: [{ id: 3 }, { id: 1 }, { id: 2, shadow: true }] },
  });
  expect(backend.runDetail('r1')?.signals[0]).not.toHaveProperty('run_id');
});

test('late events have a run analysed again: it goes on top, and gets only new types of signals', () => {
  const { backend, add, ids, wait, now } = setUp();
  add('r1', [loop], { exitReason: 'stalled', totalTokens: 100, costUsd: 0.5 });
  add('r2');
  wait(100);
  backend.addLateEvents('r1', [called(5, 0), responded(5, { prompt_tokens: 40, completion_tokens: 2 })]);
  expect(ids()).toEqual([
    ['r2', 'r1'],
    ['r2', 'r1'],
  ]);
  expect(backend.agents()).toMatchObject([{ last_seen: now(), run_count: 2 }]);
  expect(backend.runs('a')[1]).toMatchObject({ step_count: 5, total_tokens: 142, cost_usd: 0.5, completed_at: null });
  backend.addLateEvents('r1', [{ ...event('run.completed', 6), timestamp: now() }]);
  expect(backend.analyse('r1', [loop, spike])).toMatchObject([{ failure_type: 'COST_SPIKE', detected_at: now() + 5 }]);
  expect(ids()).toEqual([
    ['r1', 'r2'],
    ['r1', 'r2'],
  ]);
  const again = { exit_reason: 'stalled', completed_at: now(), step_count: 6, signal_count: 2 };
  expect(backend.runs('a')[0]).toMatchObject(again);
  expect(backend.runDetail('r1')?.events).toHaveLength(4);
});

test('a run that moves between two pages is in neither, and another is in both', () => {
  const { backend, get, add } = setUp();
  for (const runId of ['r1', 'r2', 'r3', 'r4']) add(runId);
  const page = (offset: number) => get(`/v1/runs?limit=2&offset=${offset}`);
  expect(page(0)).toMatchObject({ body: { runs: [{ run_id: 'r4' }, { run_id: 'r3' }] } });
  backend.addLateEvents('r1', [called(3, 1)]);
  backend.analyse('r1');
  expect(page(2)).toMatchObject({ body: { runs: [{ run_id: 'r3' }, { run_id: 'r2' }], page: { total: 4 } } });
});

test('signals of evaluators come late: neither the run nor its agent moves', () => {
  const { backend, add, ids, wait } = setUp();
  add('r1');
  add('r2');
  const [before] = backend.agents();
  wait(90_000);
  backend.analyse('r1', [{ failureType: 'HALLUCINATION', severity: 'LOW', stepIndex: 0 }]);
  expect(ids()).toEqual([
    ['r2', 'r1'],
    ['r2', 'r1'],
  ]);
  expect(backend.agents()).toMatchObject([{ last_seen: before?.last_seen, run_count: 2, signal_count: 1 }]);
  expect(backend.runs('a')[1]).toMatchObject({ run_id: 'r1', signal_count: 1, has_signals: true });
});

test('evidence loses its raw text, and what was rendered from it changes', () => {
  const { backend, add } = setUp();
  add('r1', [{ ...loop, evidence: { tool: 'search', count: 5, args_snippet: 'who is it' } }]);
  expect(backend.allSignals()).toMatchObject([{ evidence_summary: expect.stringContaining('who is it') }]);
  backend.stripEvidence(1);
  const [row] = backend.signals('a');
  expect(row?.evidence).toEqual({ tool: 'search', count: 5 });
  expect(row?.evidence_summary).not.toContain('who is it');
  expect(backend.allSignals()).toEqual([row]);
});

test('runs without events go with the daily pass, rows of the same time turn around', () => {
  const { backend, add, ids } = setUp();
  for (const runId of ['r1', 'r2', 'r3']) add(runId, [{ ...loop, detectedAt: start }]);
  backend.swapTies();
  expect(ids()[0]).toEqual(['r3', 'r2', 'r1']);
  expect(backend.signals('a').map(({ id }) => id)).toEqual([1, 2, 3]);
  expect(backend.allSignals().map(({ id }) => id)).toEqual([1, 2, 3]);
  backend.expireEvents('r2');
  expect(backend.runs('a')[1]).toMatchObject({ started_at: null, total_tokens: 0, cost_usd: null, step_count: 0 });
  backend.dropEmptyRuns();
  expect(ids()).toEqual([
    ['r3', 'r1'],
    ['r3', 'r1'],
  ]);
  expect(backend.signals('a')).toHaveLength(3);
});

test('the mean of prompt tokens is over calls and answers, zeros included', () => {
  const { backend, add } = setUp();
  const events = [called(1, 0), responded(1, { prompt_tokens: 3500, completion_tokens: 1 })];
  for (const runId of ['r1', 'r2', 'r3']) add(runId, [], { events });
  // Of 20 points, (1750 - 500) / 3500 are lost: 12.86 remain.
  expect(backend.healthScore('a')).toMatchObject({ components: { token_efficiency: { score: 13, value: 1750 } } });
});

test('a header is demanded, and its last word is the key', async () => {
  const server = await startSampleServer({ backend: setUp().backend, key: 'secret' });
  onTestFinished(server.close);
  const get = async (headers: Record<string, string>) => {
    const response = await fetch(`${server.url}/v1/agents`, { headers });
    return [response.status, await response.json()];
  };
  expect(await get({})).toEqual([401, { detail: 'Missing Authorization header' }]);
  expect(await get({ authorization: 'Bearer other' })).toEqual([401, { detail: 'Invalid or inactive API key' }]);
  for (const authorization of ['secret', 'Bearer secret'])
    expect(await get({ authorization })).toMatchObject([200, {}]);
});
