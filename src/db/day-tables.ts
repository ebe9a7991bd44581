import { integer, primaryKey, sqliteTable } from 'drizzle-orm/sqlite-core';

/**
 * What the rows of a UTC day add up to, so that answers about many rows read few. A writer marks the days of the rows it
 * changes, and the same transaction counts these days again from their rows (`src/mirror/changes.ts`).
 */

/** The failure types that count as loops. Source: docs/customer-api.md, 'How the server computes its analytics'. */
export const loopTypes = [
  'TOOL_LOOP',
  'TOOL_THRASHING',
  'TOOL_AVOIDANCE',
  'STEP_COUNT_INFLATION',
  'LLM_TRUNCATION_LOOP',
] as const;

/** What `run_days.what` says besides a failure type: all runs, those with any live signal, those with a loop. */
export const countedAs = { all: 0, failed: -1, looped: -2 } as const;

/**
 * The runs that the API lists and whose time is known, by the day of their start (else their end). `version` 0: none is
 * named. What the model calls in their events come to is in the rows of all runs alone.
 */
export const runDays = sqliteTable(
  'run_days',
  {
    agent: integer().notNull(),
    day: integer().notNull(),
    what: integer().notNull(),
    version: integer().notNull(),
    runs: integer().notNull(),
    /** Runs whose events are mirrored. */
    withEvents: integer('with_events').notNull().default(0),
    calls: integer().notNull().default(0),
    /** Sums, each with how many values it is of; as in `run_sums`. `told` is of the values of both events. */
    prompt: integer().notNull().default(0),
    prompts: integer().notNull().default(0),
    toldPrompt: integer('told_prompt').notNull().default(0),
    told: integer().notNull().default(0),
    latency: integer('latency_us').notNull().default(0),
    latencies: integer().notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.agent, table.day, table.what, table.version] })],
);

/**
 * Live signals, by the day of their detection. `runs` counts each run once for each failure type, in the row of its oldest
 * signal: so that it can be summed up over days.
 */
export const signalDays = sqliteTable(
  'signal_days',
  {
    agent: integer().notNull(),
    day: integer().notNull(),
    failureType: integer('failure_type').notNull(),
    severity: integer().notNull(),
    version: integer().notNull(),
    signals: integer().notNull(),
    runs: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.agent, table.day, table.failureType, table.severity, table.version] })],
);
