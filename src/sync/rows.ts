import { createHash } from 'node:crypto';
import type { BadRow, Sent } from '../api/pages.ts';
import type { WireAgent, WireEvent, WireRun, WireRunSignal, WireSignal } from '../api/wire.ts';
import { roundedJson } from '../exact-json.ts';
import type { AgentRow } from '../mirror/agents.ts';
import type { RunEventRow } from '../mirror/run-events.ts';
import type { RunRow } from '../mirror/runs.ts';
import type { SignalRow } from '../mirror/signals.ts';

/** From what the API sent to what the mirror stores. All of it is pure. */

const json = (value: unknown): string | null => (value === undefined || value === null ? null : JSON.stringify(value));

export function agentRow({ row, extra }: Sent<WireAgent>): AgentRow {
  return {
    agentId: row.agent_id,
    lastSeen: row.last_seen ?? null,
    runCount: row.run_count ?? 0,
    signalCount: row.signal_count ?? 0,
    criticalCount: row.critical_count ?? 0,
    highCount: row.high_count ?? 0,
    sparkline: roundedJson(row.sparkline ?? []),
    failureTypes: roundedJson(row.failure_types ?? {}),
    extra,
  };
}

export function runRow({ row, extra }: Sent<WireRun>): RunRow {
  return {
    runId: row.run_id,
    agentVersion: row.agent_version ?? null,
    startedAt: row.started_at ?? null,
    completedAt: row.completed_at ?? null,
    exitReason: row.exit_reason ?? null,
    stepCount: row.step_count ?? null,
    signalCount: row.signal_count ?? null,
    hasSignals: row.has_signals ?? null,
    totalTokens: row.total_tokens ?? null,
    costUsd: row.cost_usd ?? null,
    extra,
  };
}

export function signalRow({ row, extra }: Sent<WireSignal>): SignalRow {
  return runSignalRow({ row, extra }, row.run_id);
}

/** A signal as a run's detail shows it. */
export function runSignalRow({ row, extra }: Sent<WireRunSignal>, runId: string): SignalRow {
  return {
    id: row.id,
    runId,
    failureType: row.failure_type,
    severity: row.severity,
    agentVersion: row.agent_version ?? null,
    stepIndex: row.step_index ?? null,
    confidence: row.confidence ?? null,
    detectedAt: row.detected_at,
    evidence: json(row.evidence),
    alerted: row.alerted ?? null,
    shadow: row.shadow ?? null,
    coSignalCount: row.co_signal_count ?? null,
    title: row.title ?? null,
    what: row.what ?? null,
    whyItMatters: row.why_it_matters ?? null,
    evidenceSummary: row.evidence_summary ?? null,
    suggestedFixes: json(row.suggested_fixes),
    extra,
  };
}

/** What stands in the place of an event that can't be read, so that none is missing. */
const unreadEventType = '(unread)';

export function unreadEventRow({ shape }: BadRow): RunEventRow {
  return eventRow({ row: { event_type: unreadEventType, payload: { unread: shape } }, extra: null });
}

const numberOr = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const wholeOr = (value: unknown): number | null => (Number.isSafeInteger(value) ? numberOr(value) : null);
const textOr = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The fingerprint of an input: SHA-256, its first 16 hex digits. */
export function inputHash(inputText: string): string {
  return createHash('sha256').update(inputText).digest('hex').slice(0, 16);
}

/**
 * An event, with the columns that questions are asked about taken from its payload. A raw `input_text` is hashed here,
 * at the border, and goes no further.
 */
export function eventRow({ row, extra }: Sent<WireEvent>): RunEventRow {
  const { input_text: inputText, ...rest } = row.payload ?? {};
  const payload =
    inputText === undefined || inputText === null
      ? rest
      : { ...rest, input_hash: rest.input_hash ?? inputHash(textOr(inputText) ?? JSON.stringify(inputText)) };
  return {
    eventType: row.event_type,
    stepIndex: row.step_index ?? null,
    timestamp: row.timestamp ?? null,
    model: textOr(payload.model),
    promptTokens: wholeOr(payload.prompt_tokens),
    completionTokens: wholeOr(payload.completion_tokens),
    latencyMs: numberOr(payload.latency_ms),
    toolName: textOr(payload.tool_name),
    success: typeof payload.success === 'boolean' ? payload.success : null,
    inputHash: textOr(payload.input_hash),
    payload: JSON.stringify(payload),
    parentRunId: row.parent_run_id ?? null,
    extra,
  };
}
