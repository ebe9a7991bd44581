import { hashedContent } from '../src/lists/content.ts';
import type { RunEventRow } from '../src/lists/run-detail.ts';
import { eventRow } from '../src/lists/run-detail.ts';
import type { RunRow } from '../src/lists/runs.ts';
import type { SignalRow } from '../src/lists/signals.ts';
import type { Random } from '../src/sample/random.ts';
import { explain, sampleEvidence } from '../tests/support/customer-api/texts.ts';

export interface WorldRun {
  row: RunRow;
  signals: SignalRow[];
  events(): RunEventRow[];
}

const hashed = hashedContent('bench');

const failureTypes = [
  'TOOL_LOOP',
  'TOOL_THRASHING',
  'COST_SPIKE',
  'CONTEXT_BLOAT',
  'SLOW_STEP',
  'RETRY_STORM',
  'EMPTY_LLM_RESPONSE',
  'GOAL_ABANDONMENT',
  'RAG_EMPTY_RETRIEVAL',
  'LLM_TRUNCATION_LOOP',
  'CASCADING_TOOL_FAILURE',
  'PROMPT_INJECTION_SIGNAL',
] as const;
const severities = ['MEDIUM', 'HIGH', 'LOW', 'CRITICAL'] as const;

/** Small numbers are frequent, large ones rare. */
const skewed = (random: Random, count: number) => Math.floor(count * random.next() ** 2);

interface RunPlace {
  random: Random;
  agentId: string;
  /** Unix seconds. */
  endedAt: number;
  /** The highest signal id that is not taken yet. */
  topId: number;
  /** 0 for the newest run to 1 for the oldest. */
  age: number;
}

/** A made-up run with its signals: three in five runs have some, two for each run on average. */
export function runOf({ random, agentId, endedAt, topId, age }: RunPlace): WorldRun {
  const runId = random.uuid();
  const agentVersion = `v1.${10 - Math.floor(age * 10)}.0`;
  const wanted = random.chance(0.6) ? random.integer(1, 6) : 0;
  const count = Math.min(wanted, topId);
  const steps = random.integer(4, 24);
  const tokens = random.integer(500, 20_000);
  const row: RunRow = {
    runId,
    agentVersion,
    startedAt: endedAt - steps * 1.5,
    completedAt: endedAt,
    exitReason: random.chance(0.9) ? 'completed' : 'error',
    stepCount: steps,
    signalCount: count,
    hasSignals: count > 0,
    totalTokens: tokens,
    costUsd: tokens * 4e-6,
    extra: null,
  };
  const signals = Array.from({ length: count }, (_, place) =>
    signalOf(random, {
      id: topId - place,
      runId,
      agentVersion,
      detectedAt: endedAt + 2 - place / 1000,
      stepIndex: random.integer(1, steps),
      coSignalCount: count - 1,
    }),
  );
  return { row, signals, events: () => eventsOf(random, row, agentId) };
}

type Placed = Pick<SignalRow, 'id' | 'runId' | 'agentVersion' | 'detectedAt' | 'stepIndex' | 'coSignalCount'>;

/** Evidence is a signal's own; the texts of a type vary little. */
function signalOf(random: Random, placed: Placed): SignalRow {
  const failureType = failureTypes[skewed(random, failureTypes.length)] ?? failureTypes[0];
  const severity = severities[skewed(random, severities.length)] ?? severities[0];
  const facts = { ...sampleEvidence(failureType), count: random.integer(5, 40) };
  const { title, what, whyItMatters, evidenceSummary, suggestedFixes } = explain(failureType, facts);
  const evidence = {
    ...facts,
    args_hash: random.hex(16),
    span_id: random.hex(16),
    step_ms: random.integer(20, 90_000),
  };
  return {
    ...placed,
    failureType,
    severity,
    confidence: random.integer(60, 99) / 100,
    evidence: JSON.stringify(evidence),
    alerted: random.chance(0.2),
    shadow: false,
    title,
    what,
    whyItMatters,
    evidenceSummary,
    suggestedFixes: JSON.stringify(suggestedFixes),
    extra: null,
  };
}

function eventsOf(random: Random, { startedAt, stepCount, agentVersion }: RunRow, agentId: string): RunEventRow[] {
  const began = startedAt ?? 0;
  const steps = stepCount ?? 1;
  const event = (event_type: string, step_index: number, payload: Record<string, unknown>): RunEventRow =>
    eventRow(
      {
        row: { event_type, step_index, timestamp: began + step_index * 1.5, payload, parent_run_id: null },
        extra: null,
      },
      hashed,
    );
  const middle = Array.from({ length: steps - 1 }, (_, place) => {
    const step = place + 1;
    if (step % 2 === 0)
      return event('tool.called', step, { tool_name: `tool_${random.integer(1, 9)}`, args_hash: random.hex(16) });
    const usage = { prompt_tokens: random.integer(300, 4000), completion_tokens: random.integer(20, 600) };
    return event('llm.responded', step, { model: 'gpt-4o-mini', ...usage, latency_ms: random.integer(200, 6000) });
  });
  const start = { input_hash: random.hex(16), agent_id: agentId, agent_version: agentVersion };
  return [event('run.started', 0, start), ...middle, event('run.completed', steps, { exit_reason: 'final_answer' })];
}
