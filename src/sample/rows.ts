import type { Explanation } from './texts.ts';
import type {
  Generation,
  Json,
  Severity,
  WireAgent,
  WireEvent,
  WireRun,
  WireRunDetail,
  WireRunSignal,
  WireSignal,
} from './wire.ts';

const DAY = 86_400;

/** A run as the API knows it: null is what it does not know, or no longer. Times are Unix seconds. */
export interface KnownRun {
  readonly runId: string;
  readonly agentId: string;
  readonly agentVersion: string;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  readonly exitReason: string;
  readonly events: readonly WireEvent[];
  readonly totalTokens: number | null;
  /** US dollars. */
  readonly costUsd: number | null;
}

/** A run as its agent's process reports it. */
export interface SampleRun extends KnownRun {
  readonly startedAt: number;
  readonly completedAt: number;
}

/** What a detector found in a run. */
export interface Finding {
  readonly failureType: string;
  readonly severity: Severity;
  readonly stepIndex: number;
  /** 0..1. */
  readonly confidence: number;
  readonly evidence: Json;
}

interface Found {
  readonly id: number;
  /** Unix seconds. */
  readonly detectedAt: number;
  /** How many signals the run's analysis brought. */
  readonly together: number;
  readonly shadow: boolean;
}

type Owner = Pick<KnownRun, 'runId' | 'agentId' | 'agentVersion'>;

/** The row of a new signal. */
export function signalRow(
  finding: Finding,
  texts: Explanation,
  run: Owner,
  { id, detectedAt, together, shadow }: Found,
  generation: Generation,
): WireSignal {
  return {
    id,
    failure_type: finding.failureType,
    severity: finding.severity,
    run_id: run.runId,
    agent_id: run.agentId,
    agent_version: run.agentVersion,
    step_index: finding.stepIndex,
    confidence: Math.fround(finding.confidence),
    detected_at: detectedAt,
    evidence: finding.evidence,
    alerted: false,
    ...(generation === 1 ? {} : { shadow, co_signal_count: generation === 3 && together === 1 ? 0 : together }),
    title: texts.title,
    what: texts.what,
    why_it_matters: texts.whyItMatters,
    evidence_summary: texts.evidenceSummary,
    suggested_fixes: texts.suggestedFixes,
  };
}

function runFields(run: KnownRun, generation: Generation) {
  return {
    run_id: run.runId,
    agent_id: run.agentId,
    agent_version: run.agentVersion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    exit_reason: run.exitReason,
    step_count: run.events.reduce((highest, event) => Math.max(highest, event.step_index), 0),
    ...(generation === 1 ? {} : { total_tokens: run.totalTokens, cost_usd: run.costUsd }),
  };
}

/** The run as a list shows it; `count`: its live signals. */
export function runRow(run: KnownRun, count: number, generation: Generation): WireRun {
  const fields = runFields(run, generation);
  const tokens = generation === 3 ? { total_tokens: run.totalTokens ?? 0 } : {};
  return { ...fields, ...tokens, signal_count: count, has_signals: count > 0 };
}

/** The run as `/v1/runs/{id}` shows it, with these signals. */
export function runDetail(run: KnownRun, signals: readonly WireSignal[], generation: Generation): WireRunDetail {
  const isNewest = generation === 3;
  const order = (a: WireRunSignal, b: WireRunSignal) =>
    Number(a.shadow ?? false) - Number(b.shadow ?? false) || a.step_index - b.step_index;
  return {
    ...runFields(run, generation),
    ...(generation === 1 ? { step_count: run.events.length } : {}),
    ...(isNewest ? { total_tokens: run.totalTokens || null, conversation_id: null } : {}),
    events: run.events.toSorted((a, b) => a.step_index - b.step_index || a.timestamp - b.timestamp),
    signals: signals
      .map(({ run_id, agent_id, agent_version, alerted, shadow = false, co_signal_count, ...rest }) => ({
        ...rest,
        ...(isNewest ? { shadow } : {}),
      }))
      .sort(order),
  };
}

const utcDay = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);

/** The row of an agent with these runs and signals; `now` in Unix seconds ends the seven days of its sparkline. */
export function agentRow(runs: readonly SampleRun[], signals: readonly WireSignal[], now: number): WireAgent {
  const days = [6, 5, 4, 3, 2, 1, 0].map((ago) => utcDay(now - ago * DAY));
  const perDay = days.map((day) => signals.filter((signal) => utcDay(signal.detected_at) === day).length);
  const types = Object.groupBy(signals, (signal) => signal.failure_type);
  const ofSeverity = (severity: Severity) => signals.filter((signal) => signal.severity === severity).length;
  return {
    agent_id: runs[0]?.agentId ?? '',
    last_seen: Math.max(...runs.map((run) => run.completedAt)),
    run_count: runs.length,
    signal_count: signals.length,
    critical_count: ofSeverity('CRITICAL'),
    high_count: ofSeverity('HIGH'),
    sparkline: perDay.some((count) => count > 0) ? perDay : [],
    failure_types: Object.fromEntries(Object.entries(types).map(([type, group]) => [type, group?.length ?? 0])),
  };
}
