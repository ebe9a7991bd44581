import { demoStory } from '../../src/sample/story.ts';
import type { WireEvent } from '../../src/sample/wire.ts';
import type { SampleBackend, SampleRun, SignalSpec } from './customer-api/backend.ts';

/** A fleet that fills the pages whose tokens are counted: 50 agents, of which 45 are told here, and a long run. */

const hour = 3600;
export const longRun = '70000000-0000-4000-8000-000000000001';
export const longAgent = 'claims-agent';

const teams = ['billing', 'claims', 'search', 'onboarding', 'legal', 'fraud', 'travel', 'hr', 'sales'];
const duties = ['agent', 'assistant', 'triage', 'summarizer', 'router'];

const failures: readonly SignalSpec[] = [
  { failureType: 'TOOL_LOOP', severity: 'HIGH', stepIndex: 7 },
  { failureType: 'SLOW_STEP', severity: 'MEDIUM', stepIndex: 3 },
  { failureType: 'COST_SPIKE', severity: 'HIGH', stepIndex: 9 },
  { failureType: 'RAG_EMPTY_RETRIEVAL', severity: 'LOW', stepIndex: 2 },
];

/** 45 events: the agent looks up one document after another with a model's call between, and a tool fails now and then. */
function longTimeline(start: number): WireEvent[] {
  const told: [type: string, payload: Record<string, unknown>][] = [['run.started', { input_text: 'Claim 4711' }]];
  for (let turn = 0; turn < 11; turn += 1) {
    const tool_name = ['find_policy', 'read_document', 'check_fraud'][turn % 3];
    told.push(
      ['llm.called', { model: 'gpt-4o', prompt_tokens: 800 + 170 * turn }],
      ['llm.responded', { completion_tokens: 60 + 7 * turn, latency_ms: 900 + turn, finish_reason: 'tool_calls' }],
      ['tool.called', { tool_name, args_hash: `a0b1c2${10 + turn}` }],
      ['tool.responded', { tool_name, success: turn % 4 !== 3, latency_ms: 120 + 11 * turn }],
    );
  }
  return told.map(([event_type, payload], index) => ({
    event_type,
    step_index: Math.ceil(index / 2),
    timestamp: start + 0.7 * index,
    payload,
    parent_run_id: null,
  }));
}

interface Episode {
  run: SampleRun;
  signals: readonly SignalSpec[];
}

/** Two weeks of 45 agents, each of which fails in some of six runs, up to `now` (Unix seconds). */
function moreAgents(now: number): Episode[] {
  const names = teams.flatMap((team) => duties.map((duty) => `${team}-${duty}`));
  return names.flatMap((agentId, index) =>
    Array.from({ length: 6 }, (_, n) => {
      const isLong = agentId === longAgent && n === 0;
      const startedAt = now - (6 + index + 60 * n) * hour;
      const ownId = `${(1000 * index + n).toString(16).padStart(8, '0')}-1111-4111-8111-111111111111`;
      const run = {
        runId: isLong ? longRun : ownId,
        agentId,
        agentVersion: `v1.${index % 4}`,
        startedAt,
        completedAt: startedAt + 40,
        exitReason: 'run.completed',
        ...(isLong ? { events: longTimeline(startedAt) } : {}),
      };
      return { run, signals: failures.filter((_, at) => isLong || (index + n * (at + 1)) % (at + 3) === 0) };
    }),
  );
}

/** Fills an empty backend with the demo's story and these agents, up to `now` (Unix seconds). */
export function fillTokenWorld(backend: SampleBackend, now: number): void {
  const episodes: Episode[] = [...demoStory(now, backend.generation), ...moreAgents(now)];
  for (const { run, signals } of episodes.sort((a, b) => (a.run.completedAt ?? 0) - (b.run.completedAt ?? 0))) {
    backend.ingestRun(run);
    backend.analyse(run.runId, signals);
  }
}
