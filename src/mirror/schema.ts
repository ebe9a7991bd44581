import { sql } from 'drizzle-orm';
import { blob, index, integer, primaryKey, real, sqliteTable, sqliteView, text } from 'drizzle-orm/sqlite-core';

/**
 * The mirror's tables. They are coded for size and speed (integers for names, texts kept once); people and tools read
 * the `v_*` views below, which give every API field back under its own name and in the API's units. The views are a
 * promise: their columns only grow.
 *
 * Times are Unix seconds (float, UTC). `pass` is the number of the pass that brought the row, the last full one that
 * saw it if there was one since; NULL means that no list has shown the row yet (a run known from a signal, or from its
 * detail). Booleans that may be NULL are plain 0 and 1. `gone_at` is when the API was seen to have dropped the row.
 */

/** A dictionary of the short strings that repeat: failure types, severities, versions, event types, models, tools.
 * Codes have no foreign key: nothing is ever deleted here, and ten checks a row would slow every write. */
export const names = sqliteTable('names', { id: integer().primaryKey(), name: text().notNull().unique() });

/** Long texts, each kept once. `hash` is the first 16 bytes of the body's SHA-256. */
export const texts = sqliteTable('texts', {
  id: integer().primaryKey(),
  hash: blob({ mode: 'buffer' }).notNull().unique(),
  body: text().notNull(),
});

export const agents = sqliteTable('agents', {
  id: integer().primaryKey(),
  agentId: text('agent_id').notNull().unique(),
  lastSeen: real('last_seen'),
  runCount: integer('run_count'),
  signalCount: integer('signal_count'),
  criticalCount: integer('critical_count'),
  highCount: integer('high_count'),
  sparkline: text(),
  failureTypes: text('failure_types'),
  extra: text(),
  goneAt: real('gone_at'),
  pass: integer(),
});

export const runs = sqliteTable(
  'runs',
  {
    id: integer().primaryKey(),
    runId: text('run_id').notNull().unique(),
    agent: integer()
      .notNull()
      .references(() => agents.id),
    version: integer(),
    startedAt: real('started_at'),
    completedAt: real('completed_at'),
    exitReason: integer('exit_reason'),
    stepCount: integer('step_count'),
    signalCount: integer('signal_count'),
    hasSignals: integer('has_signals'),
    totalTokens: integer('total_tokens'),
    costUsd: real('cost_usd'),
    extra: text(),
    eventsExpired: integer('events_expired', { mode: 'boolean' }).notNull().default(false),
    /** When the run's detail was stored; its events are in `run_events` then. */
    detailAt: real('detail_at'),
    goneAt: real('gone_at'),
    pass: integer(),
  },
  (table) => [index('runs_agent_started').on(table.agent, table.startedAt)],
);

export const signals = sqliteTable(
  'signals',
  {
    /** Minus the API's signal id: lists arrive newest first, and SQLite appends at twice the speed of inserting before. */
    key: integer().primaryKey(),
    agent: integer()
      .notNull()
      .references(() => agents.id),
    run: integer()
      .notNull()
      .references(() => runs.id),
    failureType: integer('failure_type').notNull(),
    severity: integer().notNull(),
    version: integer(),
    stepIndex: integer('step_index'),
    confidence: real(),
    detectedAt: real('detected_at').notNull(),
    evidence: text(),
    alerted: integer(),
    shadow: integer(),
    coSignalCount: integer('co_signal_count'),
    title: integer(),
    what: integer(),
    whyItMatters: integer('why_it_matters'),
    evidenceSummary: integer('evidence_summary'),
    suggestedFixes: integer('suggested_fixes'),
    extra: text(),
    goneAt: real('gone_at'),
    pass: integer(),
  },
  (table) => [index('signals_agent_detected').on(table.agent, table.detectedAt), index('signals_run').on(table.run)],
);

/** A run's events in their order. `payload` is whole; the columns repeat what questions are asked about. */
export const runEvents = sqliteTable(
  'run_events',
  {
    run: integer()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    seq: integer().notNull(),
    eventType: integer('event_type').notNull(),
    stepIndex: integer('step_index'),
    timestamp: real(),
    model: integer(),
    promptTokens: integer('prompt_tokens'),
    completionTokens: integer('completion_tokens'),
    latencyMs: real('latency_ms'),
    toolName: integer('tool_name'),
    success: integer(),
    inputHash: text('input_hash'),
    payload: text().notNull(),
    parentRunId: text('parent_run_id'),
    extra: text(),
  },
  (table) => [primaryKey({ columns: [table.run, table.seq] })],
);

/**
 * How far each list of each agent is mirrored. A *head* pass walks from the newest row down to rows that are already
 * joined to the top; a *tail* pass walks the whole list, at first to fill it, later to reconcile it.
 */
export const syncState = sqliteTable(
  'sync_state',
  {
    agent: integer()
      .notNull()
      .references(() => agents.id),
    list: text({ enum: ['runs', 'signals'] }).notNull(),
    /** The unfinished head pass, the offset it goes on from, and the time of the oldest row it has reached. */
    headPass: integer('head_pass'),
    headCursor: integer('head_cursor').notNull().default(0),
    /** The unfinished tail pass, and the same of it. */
    tailPass: integer('tail_pass'),
    tailCursor: integer('tail_cursor').notNull().default(0),
    tailFrom: real('tail_from'),
    /** Rows that upstream counts and the tail pass could not read. */
    tailBad: integer('tail_bad').notNull().default(0),
    /** The tail pass has reached the end of the list, and waits for its count to be confirmed. */
    tailEnded: integer('tail_ended', { mode: 'boolean' }).notNull().default(false),
    /** The tail pass follows a wiped backend: what it does not see is removed, not kept as gone. */
    tailReplaces: integer('tail_replaces', { mode: 'boolean' }).notNull().default(false),
    /** The last pass that completed; rows of passes up to it are joined to the top of the list. */
    donePass: integer('done_pass').notNull().default(0),
    /** The last tail pass that completed; 0: the list was never walked to its end. */
    fullPass: integer('full_pass').notNull().default(0),
    /** The mirror is gapless for times after this one; 0: the whole list; NULL: nothing yet. */
    coveredFrom: real('covered_from'),
    /** Rows of the list in the mirror, without those that are gone. */
    rows: integer().notNull().default(0),
    /** What upstream's total exceeded `rows` by when both were last compared: its unreadable rows. */
    deficit: integer().notNull().default(0),
    /** The agent's row in the agents list when the last complete pass of this list began, and when that was. */
    seenRunCount: integer('seen_run_count'),
    seenSignalCount: integer('seen_signal_count'),
    seenLastSeen: real('seen_last_seen'),
    seenGoneAt: real('seen_gone_at'),
    beganAt: real('began_at'),
    completedAt: real('completed_at'),
    fullAt: real('full_at'),
    errorKind: text('error_kind'),
    error: text(),
    errorAt: real('error_at'),
  },
  (table) => [primaryKey({ columns: [table.agent, table.list] })],
);

/** One row: the state of the whole fleet's sync. */
export const fleetState = sqliteTable('fleet_state', {
  id: integer().primaryKey(),
  lastPass: integer('last_pass').notNull().default(0),
  beganAt: real('began_at'),
  completedAt: real('completed_at'),
  /** When the last complete pass began: from then on the mirror may differ from the API. */
  syncedAt: real('synced_at'),
  errorKind: text('error_kind'),
  error: text(),
  errorAt: real('error_at'),
});

/** One row: whose mirror this is. The key itself is never stored. */
export const mirrorMeta = sqliteTable('mirror_meta', {
  id: integer().primaryKey(),
  schemaVersion: integer('schema_version').notNull(),
  apiUrl: text('api_url').notNull(),
  keySalt: text('key_salt').notNull(),
  keyFingerprint: text('key_fingerprint').notNull(),
  createdAt: real('created_at').notNull(),
});

/** At most one row: the process that polls for this file. */
export const lease = sqliteTable('lease', {
  id: integer().primaryKey(),
  holder: text().notNull(),
  pid: integer().notNull(),
  host: text().notNull(),
  takenAt: real('taken_at').notNull(),
  expiresAt: real('expires_at').notNull(),
});

/** Unix seconds -> `2026-05-13T13:19:00.123Z`. */
const iso = (column: string) => sql.raw(`strftime('%Y-%m-%dT%H:%M:%fZ', ${column}, 'unixepoch')`);

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
}).as(sql`
  select r.run_id, a.agent_id, v.name as agent_version, r.started_at, r.completed_at, x.name as exit_reason,
    r.step_count, r.signal_count, r.has_signals, r.total_tokens, r.cost_usd, r.extra, r.events_expired, r.gone_at,
    ${iso('r.started_at')} as started_at_iso, ${iso('r.completed_at')} as completed_at_iso,
    ${iso('r.gone_at')} as gone_at_iso
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
    s.step_index, s.confidence, s.detected_at, s.evidence, s.alerted, s.shadow, s.co_signal_count,
    ti.body as title, wh.body as what, wy.body as why_it_matters, es.body as evidence_summary,
    sf.body as suggested_fixes, s.extra, s.gone_at,
    ${iso('s.detected_at')} as detected_at_iso, ${iso('s.gone_at')} as gone_at_iso
  from signals s join agents a on a.id = s.agent join runs r on r.id = s.run
    join names t on t.id = s.failure_type join names n on n.id = s.severity left join names v on v.id = s.version
    left join texts ti on ti.id = s.title left join texts wh on wh.id = s.what
    left join texts wy on wy.id = s.why_it_matters left join texts es on es.id = s.evidence_summary
    left join texts sf on sf.id = s.suggested_fixes`);

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
}).as(sql`
  select r.run_id, a.agent_id, e.seq, t.name as event_type, e.step_index, e.timestamp, e.payload, e.parent_run_id,
    m.name as model, e.prompt_tokens, e.completion_tokens, e.latency_ms, w.name as tool_name, e.success, e.input_hash,
    e.extra, r.events_expired, r.gone_at, ${iso('e.timestamp')} as timestamp_iso
  from run_events e join runs r on r.id = e.run join agents a on a.id = r.agent
    join names t on t.id = e.event_type left join names m on m.id = e.model left join names w on w.id = e.tool_name`);
