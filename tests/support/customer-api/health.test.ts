import { expect, test } from 'vitest';
import { SampleBackend, type SignalSpec } from './backend.ts';

const now = 1_780_000_000;
const day = 86_400;

interface Facts {
  tokens?: number;
  latency?: number;
  signals?: readonly SignalSpec[];
}

/** A backend with one agent, and how its runs come in. */
function setUp() {
  const backend = new SampleBackend({ generation: 2, now: () => now });
  let count = 0;
  const add = (age: number, { tokens, latency, signals = [] }: Facts = {}) => {
    count += 1;
    const startedAt = now - age;
    const event = (event_type: string, payload: Record<string, unknown>) => ({
      event_type,
      step_index: 1,
      timestamp: startedAt,
      payload,
      parent_run_id: null,
    });
    const events = [
      event('run.started', {}),
      ...(tokens === undefined ? [] : [event('llm.called', { prompt_tokens: tokens })]),
      ...(latency === undefined ? [] : [event('llm.responded', { latency_ms: latency })]),
    ];
    const run = { runId: `r-${count}`, agentId: 'a', agentVersion: 'v1', startedAt, completedAt: startedAt + 1 };
    backend.ingestRun({ ...run, exitReason: 'run.completed', events });
    backend.analyse(run.runId, signals);
  };
  return { backend, add, health: () => backend.healthScore('a') };
}

const signal = (failureType: string): SignalSpec => ({ failureType, severity: 'HIGH', stepIndex: 1 });

test('below three runs there is no score; from 30 on the baseline is ready', () => {
  const { add, health } = setUp();
  add(31 * day);
  for (let index = 0; index < 2; index += 1) add(day);
  expect(health()).toEqual({ agent_id: 'a', score: null, components: {}, sample_runs: 2, baseline_ready: false });
  for (let index = 0; index < 28; index += 1) add(day);
  expect(health()).toMatchObject({ score: 90, sample_runs: 30, baseline_ready: true });
});

test('runs with signals and with loops cost their shares; tokens and latencies are measured', () => {
  const { add, health } = setUp();
  add(day, { tokens: 1000, latency: 2000, signals: [signal('TOOL_LOOP'), signal('COST_SPIKE')] });
  add(day, { tokens: 1500, latency: 7000, signals: [signal('COST_SPIKE')] });
  add(day, { signals: [{ ...signal('TOOL_LOOP'), shadow: true }] });
  add(day);
  expect(health()).toMatchObject({
    score: 20 + 19 + 16 + 8,
    components: {
      failure_rate: { score: 20, max: 40, value: 50 },
      loop_avoidance: { score: 19, max: 25, value: 25 },
      token_efficiency: { score: 16, max: 20, value: 1250, baseline: null },
      latency: { score: 8, max: 15, value: 4500, baseline: null },
    },
  });
});

test('20 older runs make a baseline: their third quartile; full marks up to 1.5 times, none from 4 times on', () => {
  const { add, health } = setUp();
  for (let index = 0; index < 19; index += 1) add(40 * day, { tokens: 100 * (index + 1), latency: 100 });
  for (let index = 0; index < 3; index += 1) add(day, { tokens: 3990, latency: 150 });
  expect(health()).toMatchObject({ components: { token_efficiency: { baseline: null }, latency: { baseline: null } } });
  add(80 * day, { tokens: 2000, latency: 100 });
  // The third quartile of 100, 200 ... 2000 is 1525; 3990 is 2.62 times that.
  expect(health()).toMatchObject({
    components: {
      token_efficiency: { score: 11, value: 3990, baseline: 1525 },
      latency: { score: 15, value: 150, baseline: 100 },
    },
  });
});
