import { explain, sampleEvidence } from '../../../src/sample/texts.ts';
import type {
  Json,
  Severity,
  WireEvent,
  WireFix,
  WireRun,
  WireRunDetail,
  WireRunSignal,
  WireSignal,
} from '../../../src/sample/wire.ts';

export type Generation = 1 | 2;

/** A run as its agent's process reports it. */
export interface SampleRun {
  readonly runId: string;
  readonly agentId: string;
  readonly agentVersion: string;
  /** Unix seconds. */
  readonly startedAt: number;
  /** Unix seconds: the time of the last event. The API shows null for a `stalled` run, which has no end. */
  readonly completedAt: number;
  /** `run.completed`, `run.errored` or `stalled`. */
  readonly exitReason: string;
  /** Default: just the start and, unless stalled, the end. */
  readonly events?: readonly WireEvent[] | undefined;
  readonly totalTokens?: number | null | undefined;
  /** US dollars. */
  readonly costUsd?: number | null | undefined;
}

/** What a detector found in a run. All but the first three fields have plausible defaults. */
export interface SignalSpec {
  readonly failureType: string;
  readonly severity: Severity;
  readonly stepIndex: number;
  /** 0..1, default 0.9. */
  readonly confidence?: number | undefined;
  readonly evidence?: Json | undefined;
  readonly title?: string | undefined;
  readonly what?: string | undefined;
  readonly whyItMatters?: string | undefined;
  readonly evidenceSummary?: string | undefined;
  readonly suggestedFixes?: readonly WireFix[] | undefined;
  readonly shadow?: boolean | undefined;
  /** Unix seconds. Default: 5 s after the run's end, but not before any earlier signal, so that it goes on top. */
  readonly detectedAt?: number | undefined;
}

export interface RunEntry {
  readonly run: SampleRun;
  /** Empty once expired. */
  events: readonly WireEvent[];
  /** Unix seconds; undefined while no detector looked at the run. */
  analysedAt: number | undefined;
  readonly signals: SignalEntry[];
  /** The row of the runs list, kept until something about it changes. */
  row: WireRun | undefined;
}

export interface SignalEntry {
  /** Replaced, never changed, so that a row once given out stays what it was. */
  row: WireSignal;
  shadow: boolean;
  readonly run: RunEntry;
}

export function runEntry(run: SampleRun): RunEntry {
  return { run, events: run.events ?? barestEvents(run), analysedAt: undefined, signals: [], row: undefined };
}

function barestEvents(run: SampleRun): WireEvent[] {
  const start = {
    event_type: 'run.started',
    step_index: 0,
    timestamp: run.startedAt,
    payload: {},
    parent_run_id: null,
  };
  if (run.exitReason === 'stalled') return [start];
  const event_type = run.exitReason.endsWith('errored') ? 'run.errored' : 'run.completed';
  return [start, { event_type, step_index: 1, timestamp: run.completedAt, payload: {}, parent_run_id: null }];
}

function runFields(entry: RunEntry, generation: Generation) {
  const { run } = entry;
  const known = entry.events.length > 0;
  const cost = {
    total_tokens: known ? (run.totalTokens ?? null) : null,
    cost_usd: known ? (run.costUsd ?? null) : null,
  };
  return {
    run_id: run.runId,
    agent_id: run.agentId,
    agent_version: run.agentVersion,
    started_at: known ? run.startedAt : null,
    completed_at: known && run.exitReason !== 'stalled' ? run.completedAt : null,
    exit_reason: run.exitReason,
    step_count: entry.events.reduce((highest, event) => Math.max(highest, event.step_index), 0),
    ...(generation === 2 ? cost : {}),
  };
}

/** The run as the runs list shows it. */
export function runRow(entry: RunEntry, generation: Generation): WireRun {
  const signal_count = entry.signals.filter((signal) => !signal.shadow).length;
  entry.row ??= { ...runFields(entry, generation), signal_count, has_signals: signal_count > 0 };
  return entry.row;
}

/** The run as `/v1/runs/{id}` shows it. */
export function runDetail(entry: RunEntry, generation: Generation): WireRunDetail {
  const fields = runFields(entry, generation);
  return {
    ...fields,
    step_count: generation === 1 ? entry.events.length : fields.step_count,
    events: entry.events.toSorted((a, b) => a.step_index - b.step_index || a.timestamp - b.timestamp),
    signals: entry.signals
      .filter((signal) => !signal.shadow)
      .map((signal) => withinRun(signal.row))
      .sort((a, b) => a.step_index - b.step_index),
  };
}

function withinRun(row: WireSignal): WireRunSignal {
  const { run_id, agent_id, agent_version, alerted, shadow, co_signal_count, ...rest } = row;
  return rest;
}

interface Found {
  readonly id: number;
  readonly detectedAt: number;
  /** How many signals the run's analysis brought. */
  readonly together: number;
}

/** The row of a new signal. */
export function signalRow(spec: SignalSpec, run: SampleRun, found: Found, generation: Generation): WireSignal {
  const evidence = spec.evidence ?? sampleEvidence(spec.failureType);
  const texts = explain(spec.failureType, evidence);
  return {
    id: found.id,
    failure_type: spec.failureType,
    severity: spec.severity,
    run_id: run.runId,
    agent_id: run.agentId,
    agent_version: run.agentVersion,
    step_index: spec.stepIndex,
    confidence: Math.fround(spec.confidence ?? 0.9),
    detected_at: found.detectedAt,
    evidence,
    alerted: false,
    ...(generation === 2 ? { shadow: spec.shadow === true, co_signal_count: found.together } : {}),
    title: spec.title ?? texts.title,
    what: spec.what ?? texts.what,
    why_it_matters: spec.whyItMatters ?? texts.whyItMatters,
    evidence_summary: spec.evidenceSummary ?? texts.evidenceSummary,
    suggested_fixes: spec.suggestedFixes ?? texts.suggestedFixes,
  };
}

const briefRows = new WeakMap<WireSignal, WireSignal>();

/** The signal as a list without explanations shows it. */
export function withoutExplanation(row: WireSignal): WireSignal {
  const brief = briefRows.get(row) ?? { ...row, what: '', why_it_matters: '', suggested_fixes: [] };
  briefRows.set(row, brief);
  return brief;
}
