import { explain } from './texts.ts';
import type { Json, Severity, WireAgent, WireEvent, WireRun, WireRunDetail, WireSignal } from './wire.ts';

const DAY = 86_400;

/** A run as its agent's process reports it. Times are Unix seconds. */
export interface SampleRun {
  readonly runId: string;
  readonly agentId: string;
  readonly agentVersion: string;
  readonly startedAt: number;
  readonly completedAt: number;
  readonly exitReason: string;
  readonly events: readonly WireEvent[];
  readonly totalTokens: number;
  /** US dollars. */
  readonly costUsd: number;
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
}

export function signalRow(finding: Finding, run: SampleRun, { id, detectedAt, together }: Found): WireSignal {
  const texts = explain(finding.failureType, finding.evidence);
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
    shadow: false,
    co_signal_count: together,
    title: texts.title,
    what: texts.what,
    why_it_matters: texts.whyItMatters,
    evidence_summary: texts.evidenceSummary,
    suggested_fixes: texts.suggestedFixes,
  };
}

function runFields(run: SampleRun) {
  return {
    run_id: run.runId,
    agent_id: run.agentId,
    agent_version: run.agentVersion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    exit_reason: run.exitReason,
    step_count: run.events.at(-1)?.step_index ?? 0,
    total_tokens: run.totalTokens,
    cost_usd: run.costUsd,
  };
}

export function runRow(run: SampleRun, signals: readonly WireSignal[]): WireRun {
  return { ...runFields(run), signal_count: signals.length, has_signals: signals.length > 0 };
}

export function runDetail(run: SampleRun, signals: readonly WireSignal[]): WireRunDetail {
  const within = signals.map(({ run_id, agent_id, agent_version, alerted, shadow, co_signal_count, ...rest }) => rest);
  return { ...runFields(run), events: run.events, signals: within.sort((a, b) => a.step_index - b.step_index) };
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
