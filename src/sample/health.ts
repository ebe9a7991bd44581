import type { Generation, Json, WireEvent } from './wire.ts';

const DAY = 86_400;
const WINDOW = 30 * DAY;
const BASELINE_WINDOW = 90 * DAY;
const LOOPS = ['TOOL_LOOP', 'TOOL_THRASHING', 'TOOL_AVOIDANCE', 'STEP_COUNT_INFLATION', 'LLM_TRUNCATION_LOOP'];

/** The facts about an analysed run that the score needs. */
export interface HealthRun {
  /** Unix seconds. */
  readonly startedAt: number;
  readonly events: readonly WireEvent[];
  /** Of its live signals. */
  readonly failureTypes: readonly string[];
}

interface Sources {
  readonly agentId: string;
  /** The analysed runs of the agent. */
  readonly runs: readonly HealthRun[];
  /** Unix seconds: the end of the window. */
  readonly now: number;
  readonly generation: Generation;
}

/** A component that compares a mean of the events with the agent's own past. */
interface Measure {
  readonly eventTypes: readonly string[];
  readonly field: string;
  readonly max: number;
  readonly neutral: number;
  /** Without a baseline: full marks up to `good`, none from `good + span` on. */
  readonly good: number;
  readonly span: number;
  readonly label: string;
}

const TOKENS: Measure = {
  eventTypes: ['llm.called'],
  field: 'prompt_tokens',
  max: 20,
  neutral: 15,
  good: 500,
  span: 3500,
  label: 'avg prompt tokens',
};

/** Generation 3 takes what either side of a call says, zeros included. */
const NEWEST_TOKENS: Measure = { ...TOKENS, eventTypes: ['llm.called', 'llm.responded'] };

const LATENCY: Measure = {
  eventTypes: ['llm.responded'],
  field: 'latency_ms',
  max: 15,
  neutral: 10,
  good: 1000,
  span: 7000,
  label: 'avg LLM latency ms',
};

/** The body of `/health-score`, computed from scratch. A run counts by when it started. */
export function computeHealth({ agentId, runs, now, generation }: Sources): Json {
  const age = ({ startedAt }: HealthRun) => now - startedAt;
  const recent = runs.filter((run) => age(run) <= WINDOW);
  const older = runs.filter((run) => age(run) > WINDOW && age(run) <= BASELINE_WINDOW);
  const facts = { agent_id: agentId, sample_runs: recent.length, baseline_ready: recent.length >= 30 };
  if (recent.length < 3) return { ...facts, score: null, components: {} };
  const components = {
    failure_rate: share(recent, () => true, 40, '% runs with failures'),
    loop_avoidance: share(recent, (type) => LOOPS.includes(type), 25, '% runs with loops'),
    token_efficiency: measured(recent, older, generation === 3 ? NEWEST_TOKENS : TOKENS),
    latency: measured(recent, older, LATENCY),
  };
  const score = Object.values(components).reduce((sum, component) => sum + component.score, 0);
  return { ...facts, score, components };
}

function share(runs: readonly HealthRun[], counts: (failureType: string) => boolean, max: number, label: string) {
  const affected = runs.filter(({ failureTypes }) => failureTypes.some(counts)).length;
  const rate = affected / runs.length;
  return { score: roundHalfEven((1 - rate) * max), max, value: roundHalfEven(rate * 1000) / 10, label };
}

function measured(recent: readonly HealthRun[], older: readonly HealthRun[], measure: Measure) {
  const { max, label } = measure;
  const perRun = older.flatMap(({ events }) => mean(numbersOf(events, measure)) ?? []);
  const baseline = perRun.length >= 20 ? percentile75(perRun) : null;
  const value = mean(recent.flatMap(({ events }) => numbersOf(events, measure)));
  if (value === undefined) return { score: measure.neutral, max, value: null, baseline, label };
  const lost = baseline ? (value / baseline - 1.5) / 2.5 : (value - measure.good) / measure.span;
  const score = roundHalfEven(max * (1 - Math.min(1, Math.max(0, lost))));
  return {
    score,
    max,
    value: roundHalfEven(value),
    baseline: baseline === null ? null : roundHalfEven(baseline),
    label,
  };
}

function numbersOf(events: readonly WireEvent[], { eventTypes, field }: Measure): number[] {
  return events.flatMap(({ event_type, payload }) => {
    const value = payload[field];
    return eventTypes.includes(event_type) && typeof value === 'number' ? [value] : [];
  });
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Interpolates between two values, as SQL's `percentile_cont` does. */
function percentile75(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * 0.75;
  const low = sorted[Math.floor(place)] ?? 0;
  return low + ((sorted[Math.ceil(place)] ?? low) - low) * (place % 1);
}

/** As Python rounds. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
