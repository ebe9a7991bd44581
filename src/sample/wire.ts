/** The JSON the sample backend speaks. Times are Unix seconds (float, UTC); `?` fields exist from generation 2 or 3 on. */

/** Which API the sample speaks: that of March 2026, one with newer fields and endpoints, or the newest. */
export type Generation = 1 | 2 | 3;

export type Severity = 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW';

export type Json = Readonly<Record<string, unknown>>;

export interface WireAgent {
  readonly agent_id: string;
  readonly last_seen: number;
  readonly run_count: number;
  readonly signal_count: number;
  readonly critical_count: number;
  readonly high_count: number;
  /** Signals of the last seven UTC days, oldest first; empty when there were none. */
  readonly sparkline: readonly number[];
  readonly failure_types: Readonly<Record<string, number>>;
}

export interface WireRun {
  readonly run_id: string;
  readonly agent_id: string;
  readonly agent_version: string;
  readonly started_at: number | null;
  readonly completed_at: number | null;
  readonly exit_reason: string | null;
  readonly step_count: number;
  readonly signal_count: number;
  readonly has_signals: boolean;
  readonly total_tokens?: number | null;
  readonly cost_usd?: number | null;
}

export interface WireEvent {
  readonly event_type: string;
  readonly step_index: number;
  readonly timestamp: number;
  readonly payload: Json;
  readonly parent_run_id: string | null;
}

export interface WireFix {
  readonly description: string;
  readonly language: string;
  readonly code: string;
}

/** A signal as a run's detail shows it. */
export interface WireRunSignal {
  readonly id: number;
  readonly failure_type: string;
  readonly severity: Severity;
  readonly step_index: number;
  /** 0..1, rounded to a float32 as the real server does. */
  readonly confidence: number;
  readonly detected_at: number;
  readonly evidence: Json;
  readonly shadow?: boolean;
  readonly title: string;
  readonly what: string;
  readonly why_it_matters: string;
  readonly evidence_summary: string;
  readonly suggested_fixes: readonly WireFix[];
}

export interface WireSignal extends WireRunSignal {
  readonly run_id: string;
  readonly agent_id: string;
  readonly agent_version: string;
  readonly alerted: boolean;
  /** Signals of the same run that fired together with this one, itself included; generation 3: 0 for one alone. */
  readonly co_signal_count?: number;
}

export interface WireRunDetail {
  readonly run_id: string;
  readonly agent_id: string;
  readonly agent_version: string;
  readonly started_at: number | null;
  readonly completed_at: number | null;
  readonly exit_reason: string | null;
  /** Generation 1: the number of events. Later: the highest step index. */
  readonly step_count: number;
  readonly total_tokens?: number | null;
  readonly cost_usd?: number | null;
  readonly events: readonly WireEvent[];
  readonly signals: readonly WireRunSignal[];
  readonly conversation_id?: number | null;
}
