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
    /** Where the run stands in its list: the higher, the nearer to the top. NULL: not known. */
    place: integer(),
  },
  (table) => [
    index('runs_agent_started').on(table.agent, table.startedAt),
    /** Windows: by `runTime` of the queries, word for word; with all that most of them read, so that no row is looked up. */
    index('runs_agent_time')
      .on(table.agent, sql`coalesce("started_at", "completed_at")`, table.totalTokens, table.costUsd)
      .where(sql`gone_at is null and pass is not null`),
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
    // With what is asked of a run's signals.
    index('signals_run').on(table.run, table.failureType, table.goneAt),
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
  (table) => [
    primaryKey({ columns: [table.run, table.seq] }),
    index('run_events_input').on(table.run, table.inputHash).where(sql`input_hash is not null`),
  ],
);

/**
 * What the model calls in a run's events come to, a row for each model; written with the events. A run whose events have no
 * call has one row of zeros: to have a row is to have events. (WITHOUT ROWID, which drizzle can't tell: by hand in the migration.)
 */
export const runSums = sqliteTable(
  'run_sums',
  {
    run: integer()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    /** 0: none is named. */
    model: integer().notNull(),
    calls: integer().notNull(),
    /** Calls that tell tokens of either kind. */
    counted: integer().notNull(),
    /** Tokens, and how many values the sum is of. */
    prompt: integer().notNull(),
    prompts: integer().notNull(),
    completion: integer().notNull(),
    /** Microseconds: whole numbers sum up to the same in any order. */
    latency: integer('latency_us').notNull(),
    latencies: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.model] })],
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
    /** Rows that upstream counts and the tail pass could not read, or left as too old to keep. */
    tailBad: integer('tail_bad').notNull().default(0),
    /** Of these and of rows that the mirror kept, those that the tail pass could not read; and whether it met one without an id. */
    tailUnread: integer('tail_unread').notNull().default(0),
    tailNameless: integer('tail_nameless', { mode: 'boolean' }).notNull().default(false),
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
    /** Rows from before this time were pruned, or never fetched, for their age; 0: none were. */
    keptFrom: real('kept_from').notNull().default(0),
    /** The highest place that was given to a row, and the next ones of the head and the tail pass under way. */
    topPlace: integer('top_place').notNull().default(0),
    headPlace: integer('head_place'),
    tailPlace: integer('tail_place'),
    /** Rows of the list in the mirror, without those that are gone. */
    rows: integer().notNull().default(0),
    /** What upstream's total exceeded `rows` by when both were last compared: what is unreadable, or too old to keep. */
    deficit: integer().notNull().default(0),
    /** Rows of upstream's list that could not be read when it was last looked at, and what is wrong with one of them. */
    unread: integer().notNull().default(0),
    unreadShape: text('unread_shape'),
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

/**
 * Ids that lists of two agents have shown, though an id names one row. The mirror's row is the other agent's; `key` is
 * its number. Of a wiped backend that is over once the other's list was read; where it `lasts`, the row counts as unread.
 */
export const sharedIds = sqliteTable(
  'shared_ids',
  {
    list: text({ enum: ['runs', 'signals'] }).notNull(),
    agent: integer()
      .notNull()
      .references(() => agents.id),
    key: integer().notNull(),
    lasts: integer({ mode: 'boolean' }).notNull().default(false),
  },
  (table) => [primaryKey({ columns: [table.list, table.agent, table.key] })],
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
  /** Rows of the agents list that could not be read, and what is wrong with one of them. */
  unreadAgents: integer('unread_agents').notNull().default(0),
  unreadShape: text('unread_shape'),
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
