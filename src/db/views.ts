import { sql } from 'drizzle-orm';
import { integer, real, sqliteView, text } from 'drizzle-orm/sqlite-core';

/**
 * What people, tools and tests read of the mirror: every field of the API under its own name and in the API's units, the
 * same times as `*_iso`, and what the mirror knows besides. The views are a promise: their columns only grow.
 */

/** Unix seconds -> `2026-05-13T13:19:00.123Z`. */
export const isoOf = (column: string) => `strftime('%Y-%m-%dT%H:%M:%fZ', ${column}, 'unixepoch')`;
const iso = (column: string) => sql.raw(isoOf(column));

export const vAgents = sqliteView('v_agents', {
  agentId: text('agent_id').notNull(),
  lastSeen: real('last_seen'),
  runCount: integer('run_count').notNull(),
  signalCount: integer('signal_count').notNull(),
  criticalCount: integer('critical_count').notNull(),
  highCount: integer('high_count').notNull(),
  sparkline: text().notNull(),
  failureTypes: text('failure_types').notNull(),
  extra: text(),
  goneAt: real('gone_at'),
  lastSeenIso: text('last_seen_iso'),
  goneAtIso: text('gone_at_iso'),
}).as(sql`
  select a.agent_id, a.last_seen, a.run_count, a.signal_count, a.critical_count, a.high_count, a.sparkline,
    a.failure_types, a.extra, a.gone_at, ${iso('a.last_seen')} as last_seen_iso, ${iso('a.gone_at')} as gone_at_iso
  from agents a where a.pass is not null`);

export const vRuns = sqliteView('v_runs', {
  runId: text('run_id').notNull(),
  agentId: text('agent_id').notNull(),
  agentVersion: text('agent_version'),
  startedAt: real('started_at'),
  completedAt: real('completed_at'),
  exitReason: text('exit_reason'),
  stepCount: integer('step_count'),
  signalCount: integer('signal_count'),
  hasSignals: integer('has_signals', { mode: 'boolean' }),
  totalTokens: integer('total_tokens'),
  costUsd: real('cost_usd'),
  extra: text(),
  eventsExpired: integer('events_expired', { mode: 'boolean' }).notNull(),
  goneAt: real('gone_at'),
  startedAtIso: text('started_at_iso'),
  completedAtIso: text('completed_at_iso'),
  goneAtIso: text('gone_at_iso'),
  conversationId: integer('conversation_id'),
  detailExtra: text('detail_extra'),
}).as(sql`
  select r.run_id, a.agent_id, v.name as agent_version, r.started_at, r.completed_at, x.name as exit_reason,
    r.step_count, r.signal_count, r.has_signals, r.total_tokens, r.cost_usd, r.extra, r.events_expired, r.gone_at,
    ${iso('r.started_at')} as started_at_iso, ${iso('r.completed_at')} as completed_at_iso,
    ${iso('r.gone_at')} as gone_at_iso, r.conversation_id, r.detail_extra
  from runs r join agents a on a.id = r.agent
    left join names v on v.id = r.version left join names x on x.id = r.exit_reason
  where r.pass is not null`);

export const vSignals = sqliteView('v_signals', {
  id: integer().notNull(),
  failureType: text('failure_type').notNull(),
  severity: text().notNull(),
  runId: text('run_id').notNull(),
  agentId: text('agent_id').notNull(),
  agentVersion: text('agent_version'),
  stepIndex: integer('step_index'),
  confidence: real(),
  detectedAt: real('detected_at').notNull(),
  evidence: text(),
  alerted: integer({ mode: 'boolean' }),
  shadow: integer({ mode: 'boolean' }),
  coSignalCount: integer('co_signal_count'),
  title: text(),
  what: text(),
  whyItMatters: text('why_it_matters'),
  evidenceSummary: text('evidence_summary'),
  suggestedFixes: text('suggested_fixes'),
  extra: text(),
  goneAt: real('gone_at'),
  detectedAtIso: text('detected_at_iso'),
  goneAtIso: text('gone_at_iso'),
}).as(sql`
  select -s.key as id, t.name as failure_type, n.name as severity, r.run_id, a.agent_id, v.name as agent_version,
    s.step_index, s.confidence, s.detected_at, ev.body as evidence, s.alerted, s.shadow, s.co_signal_count,
    x.title, x.what, x.why_it_matters, x.evidence_summary, x.suggested_fixes, s.extra, s.gone_at,
    ${iso('s.detected_at')} as detected_at_iso, ${iso('s.gone_at')} as gone_at_iso
  from signals s join agents a on a.id = s.agent join runs r on r.id = s.run
    join names t on t.id = s.failure_type join names n on n.id = s.severity left join names v on v.id = s.version
    join explanations x on x.id = s.explanation left join evidence ev on ev.key = s.key`);

export const vRunEvents = sqliteView('v_run_events', {
  runId: text('run_id').notNull(),
  agentId: text('agent_id').notNull(),
  seq: integer().notNull(),
  eventType: text('event_type').notNull(),
  stepIndex: integer('step_index'),
  timestamp: real(),
  payload: text().notNull(),
  parentRunId: text('parent_run_id'),
  model: text(),
  promptTokens: integer('prompt_tokens'),
  completionTokens: integer('completion_tokens'),
  latencyMs: real('latency_ms'),
  toolName: text('tool_name'),
  success: integer({ mode: 'boolean' }),
  inputHash: text('input_hash'),
  extra: text(),
  eventsExpired: integer('events_expired', { mode: 'boolean' }).notNull(),
  goneAt: real('gone_at'),
  timestampIso: text('timestamp_iso'),
  goneAtIso: text('gone_at_iso'),
}).as(sql`
  select r.run_id, a.agent_id, e.seq, t.name as event_type, e.step_index, e.timestamp, e.payload, e.parent_run_id,
    m.name as model, e.prompt_tokens, e.completion_tokens, e.latency_ms, w.name as tool_name, e.success, e.input_hash,
    e.extra, r.events_expired, r.gone_at, ${iso('e.timestamp')} as timestamp_iso,
    ${iso('r.gone_at')} as gone_at_iso
  from run_events e join runs r on r.id = e.run join agents a on a.id = r.agent
    join names t on t.id = e.event_type left join names m on m.id = e.model left join names w on w.id = e.tool_name`);
