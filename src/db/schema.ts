import { sql } from 'drizzle-orm';
import { blob, index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/**
 * The mirror's tables. They are coded for size and speed (integers for names, texts kept once); people and tools read
 * the `v_*` views below, which give every API field back under its own name and in the API's units.
 *
 * Times are Unix seconds (float, UTC). `pass` is the number of the pass that brought the row, the last full one that
 * saw it if there was one since; NULL means that no list has shown the row yet (a run known from a signal, or from its
 * detail). Booleans that may be NULL are plain 0 and 1. `gone_at` is when the mirror found that the API had dropped the row.
 */

/** A dictionary of the short strings that repeat: failure types, severities, versions, event types, models, tools.
 * Codes have no foreign key: nothing is ever deleted here, and ten checks a row would slow every write. */
export const names = sqliteTable('names', { id: integer().primaryKey(), name: text().notNull().unique() });

/**
 * What the API says of a failure in words. Signals repeat it: each combination is kept once. `hash` is the first 16 bytes
 * of the SHA-256 of all of it.
 */
export const explanations = sqliteTable('explanations', {
  id: integer().primaryKey(),
  hash: blob({ mode: 'buffer' }).notNull().unique(),
  failureType: integer('failure_type').notNull(),
  title: text(),
  what: text(),
  whyItMatters: text('why_it_matters'),
  evidenceSummary: text('evidence_summary'),
  suggestedFixes: text('suggested_fixes'),
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
    /**
     * When the run's detail was stored; its events are in `run_events` then. NULL with events there: the run has changed since,
     * and they may be too few.
     */
    detailAt: real('detail_at'),
    goneAt: real('gone_at'),
    pass: integer(),
    /** Where the run stands in its list: the higher, the nearer to the top. NULL: not known. */
    place: integer(),
    /** The hash of its input, from its events. */
    input: text(),
    /** What its detail says besides: the conversation that it is of, and fields that nobody knows. */
    conversationId: integer('conversation_id'),
    detailExtra: text('detail_extra'),
    /** A signal came that `signal_count` may lack: the run is counted again once the signals list is known to be the API's. */
    isUndercounted: integer('is_undercounted', { mode: 'boolean' }).notNull().default(false),
  },
  (table) => [
    index('runs_agent_started').on(table.agent, table.startedAt),
    /** Windows: by `runTime`, word for word; with all that most of them read, so that no row is looked up. */
    index('runs_agent_time')
      .on(table.agent, sql`coalesce("started_at", "completed_at")`, table.totalTokens, table.costUsd, table.version)
      .where(sql`gone_at is null and pass is not null`),
    /** What is left to fetch, so that looking for it costs the same however many runs there are. */
    index('runs_without_detail')
      .on(table.hasSignals, table.startedAt)
      .where(sql`detail_at is null and events_expired = 0 and gone_at is null`),
    /** Runs whose events are mirrored, which may be few of many. */
    index('runs_agent_detailed')
      .on(table.agent, sql`coalesce("started_at", "completed_at")`)
      .where(sql`detail_at is not null and gone_at is null and pass is not null`),
    index('runs_undercounted').on(table.agent).where(sql`is_undercounted = 1`),
    /** The runs of a conversation. */
    index('runs_conversation').on(table.conversationId).where(sql`conversation_id is not null`),
    /** Inputs that several runs had. */
    index('runs_agent_input')
      .on(table.agent, table.input)
      .where(sql`input is not null and gone_at is null and pass is not null`),
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
    alerted: integer(),
    shadow: integer(),
    coSignalCount: integer('co_signal_count'),
    explanation: integer()
      .notNull()
      .references(() => explanations.id),
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
    // Full text: from the explanations that hold a word to their signals.
    index('signals_explanation').on(table.explanation, table.agent).where(sql`gone_at is null`),
    // With what is asked of a run's signals.
    index('signals_run').on(table.run, table.failureType, table.goneAt),
  ],
);

/** What a detector saw, as JSON: of the signal with this key. */
export const evidence = sqliteTable('evidence', { key: integer().primaryKey(), body: text().notNull() });

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
    /** Prompt tokens read call by call, as health scores of generations 1 and 2 do; and how many values the sum is of. */
    prompt: integer().notNull(),
    prompts: integer().notNull(),
    /** Prompt tokens on `llm.called`, those on `llm.responded`, and how many values both sums are of. */
    called: integer().notNull(),
    responded: integer().notNull(),
    told: integer().notNull(),
    completion: integer().notNull(),
    reasoning: integer().notNull(),
    /** Microseconds: whole numbers sum up to the same in any order. */
    latency: integer('latency_us').notNull(),
    latencies: integer().notNull(),
    /** 1: a policy stopped the run, or an approval was denied or timed out; the same in all rows of the run. */
    stopped: integer({ mode: 'boolean' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.model] })],
);

/** What the server itself last said of an agent's health: the body of `/health-score`, as JSON. */
export const serverHealth = sqliteTable('server_health', {
  agent: integer()
    .primaryKey()
    .references(() => agents.id),
  body: text().notNull(),
  fetchedAt: real('fetched_at').notNull(),
});

/** One row: whose mirror this is. The key itself is never stored. */
export const mirrorMeta = sqliteTable('mirror_meta', {
  id: integer().primaryKey(),
  schemaVersion: integer('schema_version').notNull(),
  apiUrl: text('api_url').notNull(),
  keySalt: text('key_salt').notNull(),
  keyFingerprint: text('key_fingerprint').notNull(),
  createdAt: real('created_at').notNull(),
  /** How the texts in its rows are, and the secret of the keyed hashes that stand in for them. */
  content: text({ enum: ['hash', 'keep', 'hashing'] })
    .notNull()
    .default('hash'),
  contentSecret: text('content_secret').notNull(),
  /** Moves whenever a row changes that an answer may show. */
  revision: integer().notNull().default(0),
});
