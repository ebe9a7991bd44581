import { sql } from 'drizzle-orm';
import { blob, index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/**
 * The mirror's tables. They are coded for size and speed (integers for names, texts kept once); people and tools read
 * the `v_*` views below, which give every API field back under its own name and in the API's units.
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
  (table) => [
    /** With the end, by which runs are found whose start is not known. */
    index('runs_agent_started').on(table.agent, table.startedAt, table.completedAt),
    /** What is left to fetch, so that looking for it costs the same however many runs there are. */
    index('runs_without_detail')
      .on(table.hasSignals, table.startedAt)
      .where(sql`detail_at is null and events_expired = 0 and gone_at is null`),
  ],
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
    evidence: integer(),
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
  (table) => [
    // Lists: the newest by any filters. Descending, so that a list that arrives newest first is appended, as with `key`.
    // With `gone_at`, so that what is counted or left out need not be looked up.
    index('signals_newest').on(sql`detected_at desc`, table.goneAt),
    index('signals_severity_newest').on(table.severity, sql`detected_at desc`, table.goneAt),
    index('signals_type_newest').on(table.failureType, sql`detected_at desc`, table.severity, table.goneAt),
    index('signals_agent_newest').on(table.agent, sql`detected_at desc`, table.severity, table.version, table.goneAt),
    index('signals_agent_type_newest').on(
      table.agent,
      table.failureType,
      sql`detected_at desc`,
      table.severity,
      table.version,
      table.goneAt,
    ),
    // Full text: from the few texts that hold a rare word to their signals.
    index('signals_evidence').on(table.evidence),
    index('signals_title').on(table.title),
    index('signals_what').on(table.what),
    index('signals_summary').on(table.evidenceSummary),
    index('signals_run').on(table.run),
  ],
);

/** The failure types that count as loops. Source: CONTRACT.md, 'How the server computes its analytics'. */
export const loopTypes = [
  'TOOL_LOOP',
  'TOOL_THRASHING',
  'TOOL_AVOIDANCE',
  'STEP_COUNT_INFLATION',
  'LLM_TRUNCATION_LOOP',
] as const;

/** What `run_counts.what` says besides a failure type: all runs, those with any live signal, those with a loop. */
export const countedAs = { all: 0, failed: -1, looped: -2 } as const;

/** What a row of the two tables below is about: an hour or a day (UTC), by its seconds, or all there is. */
export const countedOver = { ever: 0, hour: 3600, day: 86_400 } as const;

/**
 * How many runs there are, so that answers about many rows read few. `slot` is the hour or day since 1970 in which the
 * run took place (its start; else its end), `version` its version or 0. Only runs that the API lists count, and only in
 * hours and days that are known. Over all time (`span`, `slot` and `version` 0) there are all listed runs, and by
 * failure type all runs that a live signal of the agent names. Kept by rollups.ts in the transaction that changes a row.
 */
export const runCounts = sqliteTable(
  'run_counts',
  {
    agent: integer().notNull(),
    span: integer().notNull(),
    what: integer().notNull(),
    slot: integer().notNull(),
    version: integer().notNull(),
    runs: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.agent, table.span, table.what, table.slot, table.version] })],
);

/** The same of signals, by the day of their detection; `first_at`, `last_at` and `newest` (the lowest key) are of live ones. */
export const signalCounts = sqliteTable(
  'signal_counts',
  {
    agent: integer().notNull(),
    span: integer().notNull(),
    slot: integer().notNull(),
    failureType: integer('failure_type').notNull(),
    severity: integer().notNull(),
    version: integer().notNull(),
    signals: integer().notNull(),
    gone: integer().notNull(),
    firstAt: real('first_at'),
    lastAt: real('last_at'),
    newest: integer(),
  },
  (table) => [
    primaryKey({
      columns: [table.agent, table.span, table.slot, table.failureType, table.severity, table.version],
    }),
  ],
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

/** What the server itself last said of an agent's health: the body of `/health-score`, as JSON. */
export const serverHealth = sqliteTable('server_health', {
  agent: integer()
    .primaryKey()
    .references(() => agents.id),
  body: text().notNull(),
  fetchedAt: real('fetched_at').notNull(),
});

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
