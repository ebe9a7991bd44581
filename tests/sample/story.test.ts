import { expect, test } from 'vitest';
import { SampleBackend } from '../support/customer-api/backend.ts';
import { fillDemoStory } from '../support/demo-story.ts';

const NOW = 1_800_000_000;
const DAY = 86_400;

function newBackend(): SampleBackend {
  return new SampleBackend({ generation: 2, now: () => NOW });
}

test('the story is the same each time, in the past, and consistent with its events', () => {
  const [one, two] = [newBackend(), newBackend()];
  fillDemoStory(one, NOW);
  fillDemoStory(two, NOW);
  expect(one.agents()).toEqual(two.agents());
  expect(one.allSignals()).toEqual(two.allSignals());
  const runs = one.agents().flatMap((agent) => one.runs(agent.agent_id));
  expect(runs).toEqual(two.agents().flatMap((agent) => two.runs(agent.agent_id)));
  expect(runs.length).toBeGreaterThan(1150);
  expect(runs.length).toBeLessThan(1250);
  expect(new Set(runs.map((row) => row.run_id)).size).toBe(runs.length);
  expect(one.allSignals().length).toBeGreaterThan(220);
  expect(one.allSignals().length).toBeLessThan(280);
  for (const row of runs) {
    expect(row.started_at).toBeGreaterThanOrEqual(NOW - 14 * DAY);
    expect(row.completed_at).toBeLessThan(NOW - 60);
  }
  for (const signal of one.allSignals()) {
    const detail = one.runDetail(signal.run_id);
    expect(signal.detected_at).toBeLessThanOrEqual(NOW - 30);
    expect(signal.detected_at - (detail?.completed_at ?? 0)).toBeCloseTo(5, 3);
    expect(signal.step_index).toBeLessThanOrEqual(detail?.step_count ?? 0);
    const { tool, count, consecutive_fails: fails, total_tokens: tokens } = signal.evidence;
    const uses = detail?.events.filter((event) => event.payload.tool_name === tool) ?? [];
    if (signal.failure_type === 'TOOL_LOOP') expect(uses).toHaveLength(Number(count) * 2);
    if (signal.failure_type === 'RETRY_STORM') {
      expect(uses.filter((event) => event.payload.success === false)).toHaveLength(Number(fails));
    }
    if (signal.failure_type === 'COST_SPIKE') expect(detail?.total_tokens).toBe(tokens);
  }
});

test('the story tells of a loop, a bad deploy, a healthy agent and a silent one', () => {
  const backend = newBackend();
  fillDemoStory(backend, NOW);
  const agents = new Map(backend.agents().map((agent) => [agent.agent_id, agent]));
  const research = agents.get('research-agent');
  const looping = (research?.failure_types.TOOL_LOOP ?? 0) / (research?.run_count ?? 1);
  expect(looping).toBeGreaterThan(0.33);
  expect(looping).toBeLessThan(0.47);
  const checkout = backend.signals('checkout-agent');
  expect(new Set(checkout.map((signal) => signal.agent_version))).toEqual(new Set(['v1.5.0']));
  expect(new Set(checkout.map((signal) => signal.severity))).toContain('CRITICAL');
  expect(agents.get('faq-bot')).toMatchObject({ signal_count: 0 });
  expect(agents.get('nightly-report')).toMatchObject({ run_count: 3 });
  expect(agents.get('nightly-report')?.last_seen).toBeLessThan(NOW - 5.9 * DAY);
  expect(agents.get('support bot №7')?.failure_types).toEqual({ RAG_EMPTY_RETRIEVAL: expect.any(Number) });
});
