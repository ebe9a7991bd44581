import { type KnownRun, runDetail, runRow, signalRow } from '../../../src/sample/rows.ts';
import type {
  Generation,
  Json,
  Severity,
  WireEvent,
  WireFix,
  WireRun,
  WireRunDetail,
  WireSignal,
} from '../../../src/sample/wire.ts';
import { explain, sampleEvidence } from './texts.ts';
import { costOf, tokensOf } from './tokens.ts';

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
  /** Default: generation 3 counts them from the events, the others do not know them. */
  readonly totalTokens?: number | null | undefined;
  /** US dollars; by default as the tokens. */
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
  /** Those of them that came after an analysis. */
  readonly late: WireEvent[];
  /** Unix seconds; null while the run has no end. */
  endedAt: number | null;
  /** Unix seconds: when its newest event came in. */
  seenAt: number;
  /** Unix seconds, of the latest analysis; undefined while no detector looked at the run. */
  analysedAt: number | undefined;
  /** How many events the latest analysis saw. */
  analysedEvents: number;
  readonly signals: SignalEntry[];
  /** The row of the runs list, kept until something about it changes. */
  row: WireRun | undefined;
}

export interface SignalEntry {
  /** Replaced, never changed, so that a row once given out stays what it was. */
  row: WireSignal;
  shadow: boolean;
  readonly spec: SignalSpec;
  readonly run: RunEntry;
}

export function runEntry(run: SampleRun): RunEntry {
  return {
    run,
    events: run.events ?? barestEvents(run),
    late: [],
    endedAt: run.exitReason === 'stalled' ? null : run.completedAt,
    seenAt: run.completedAt,
    analysedAt: undefined,
    analysedEvents: 0,
    signals: [],
    row: undefined,
  };
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

/** The run as the API knows it. What a test says of tokens and cost is true of the events that it said; later ones add to it. */
function known({ run, events, late, endedAt }: RunEntry, generation: Generation): KnownRun {
  const { runId, agentId, agentVersion, exitReason, totalTokens = null, costUsd = null } = run;
  const hasEvents = events.length > 0;
  const isNewest = generation === 3;
  const tokens = isNewest && totalTokens === null ? tokensOf(events) : totalTokens && totalTokens + tokensOf(late);
  const cost = isNewest && costUsd === null ? costOf(events) : costUsd;
  return {
    runId,
    agentId,
    agentVersion,
    exitReason,
    events,
    startedAt: hasEvents ? run.startedAt : null,
    completedAt: hasEvents ? endedAt : null,
    totalTokens: hasEvents ? tokens : null,
    costUsd: hasEvents ? cost : null,
  };
}

/** The run as the runs list shows it. */
export function runRowOf(entry: RunEntry, generation: Generation): WireRun {
  const count = entry.signals.filter((signal) => !signal.shadow).length;
  entry.row ??= runRow(known(entry, generation), count, generation);
  return entry.row;
}

/** The run as `/v1/runs/{id}` shows it. */
export function runDetailOf(entry: RunEntry, generation: Generation, withShadow: boolean): WireRunDetail {
  const signals = entry.signals.filter(({ shadow }) => withShadow || !shadow).map(({ row }) => row);
  return runDetail(known(entry, generation), signals, generation);
}

interface Found {
  readonly id: number;
  readonly detectedAt: number;
  /** How many signals the run's analysis brought. */
  readonly together: number;
}

/** The row of a new signal. */
export function signalRowOf(spec: SignalSpec, run: SampleRun, found: Found, generation: Generation): WireSignal {
  const { confidence = 0.9, evidence = sampleEvidence(spec.failureType), shadow = false } = spec;
  const finding = { ...spec, confidence, evidence };
  return signalRow(finding, textsOf(spec, evidence), run, { ...found, shadow }, generation);
}

/** What the server says of a signal with this evidence, unless the test says something else. */
function textsOf(spec: SignalSpec, evidence: Json) {
  const texts = explain(spec.failureType, evidence);
  return {
    title: spec.title ?? texts.title,
    what: spec.what ?? texts.what,
    whyItMatters: spec.whyItMatters ?? texts.whyItMatters,
    evidenceSummary: spec.evidenceSummary ?? texts.evidenceSummary,
    suggestedFixes: spec.suggestedFixes ?? texts.suggestedFixes,
  };
}

/** The keys of raw text, which a signal's evidence loses with the events of its time. */
const strippedKeys = [
  'args',
  'taint_source',
  'destination',
  'destination_host',
  'tool_error',
  'output_snippet',
  'args_snippet',
  'content_snippet',
  'value_snippet',
  'fabricated_entity',
  'missing_entities',
  'memory_key',
];

/** The row once its evidence lost its texts: what was rendered from them changes too. */
export function strippedRow({ row, spec }: SignalEntry): WireSignal {
  const evidence = Object.fromEntries(Object.entries(row.evidence).filter(([key]) => !strippedKeys.includes(key)));
  const texts = textsOf(spec, evidence);
  return {
    ...row,
    evidence,
    title: texts.title,
    what: texts.what,
    why_it_matters: texts.whyItMatters,
    evidence_summary: texts.evidenceSummary,
    suggested_fixes: texts.suggestedFixes,
  };
}
