import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, real, sqliteTable, text, unique } from 'drizzle-orm/sqlite-core';

/** The failure types that count as loops. Source: docs/customer-api.md, 'How the server computes its analytics'. */
export const loopTypes = [
  'TOOL_LOOP',
  'TOOL_THRASHING',
  'TOOL_AVOIDANCE',
  'STEP_COUNT_INFLATION',
  'LLM_TRUNCATION_LOOP',
] as const;

/** What `run_counts.what` says besides a failure type: all runs, those with any live signal, those with a loop. */
export const countedAs = { all: 0, failed: -1, looped: -2 } as const;

/** What a row of the tables below is about: an hour or a day (UTC), by its seconds, or all there is; of a version, too. */
export const countedOver = { ever: 0, everOfVersion: 1, hour: 3600, day: 86_400 } as const;

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

/** The same of signals, by the day of their detection (over all time: of all versions at once, and of each, whose number is the slot, too); `first_at`, `last_at` and `newest` (the lowest key) are of live ones. */
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

/**
 * What the model calls of listed runs come to, by the hour and the day of the run: sums of `run_sums` over all models, and
 * how many runs have events. A row stands for as long as there is one.
 */
export const loadCounts = sqliteTable(
  'load_counts',
  {
    agent: integer().notNull(),
    span: integer().notNull(),
    slot: integer().notNull(),
    runs: integer().notNull(),
    prompt: integer().notNull(),
    prompts: integer().notNull(),
    latency: integer('latency_us').notNull(),
    latencies: integer().notNull(),
    /** Another one whenever one of these runs has changed: what was made of them is known to be what it was. */
    stamp: integer().notNull().default(sql`(random() >> 11)`),
  },
  (table) => [primaryKey({ columns: [table.agent, table.span, table.slot] })],
);

/** The inputs that an agent's listed runs had, as far as their hours are known: how many runs, and those with a live signal. */
export const inputs = sqliteTable(
  'inputs',
  {
    id: integer().primaryKey(),
    agent: integer().notNull(),
    hash: text().notNull(),
    runs: integer().notNull(),
    failed: integer().notNull(),
  },
  (table) => [
    unique('inputs_hash').on(table.agent, table.hash),
    /** Those that may be a pattern, which are few where every run has an input of its own. */
    index('inputs_repeated').on(table.agent, table.failed).where(sql`runs > 1 and failed > 0`),
  ],
);

/** The runs of an input by hour and day, as `run_counts` has them: all of them, and by failure type. */
export const inputCounts = sqliteTable(
  'input_counts',
  {
    input: integer().notNull(),
    span: integer().notNull(),
    slot: integer().notNull(),
    what: integer().notNull(),
    runs: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.input, table.span, table.slot, table.what] })],
);
