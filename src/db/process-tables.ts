import { index, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** What the processes on one mirror file tell each other through it. */

/** At most one row: the process that polls for this file. */
export const lease = sqliteTable('lease', {
  id: integer().primaryKey(),
  holder: text().notNull(),
  pid: integer().notNull(),
  host: text().notNull(),
  takenAt: real('taken_at').notNull(),
  expiresAt: real('expires_at').notNull(),
});

/**
 * The latest requests of all processes on this file, so that together they keep one rate. `at` is when a request left,
 * and once it has ended, when it did: it came to the API before that. On the host's monotonic clock, in milliseconds.
 */
export const requests = sqliteTable('requests', { id: integer().primaryKey(), at: real().notNull() }, (table) => [
  index('requests_at').on(table.at),
]);

/** One row: what the processes on this file tell each other of the API and of its use. */
export const apiState = sqliteTable('api_state', {
  id: integer().primaryKey(),
  /** The patience that a 429 asked for: when, until when (both on the host's monotonic clock, ms), and in what words. */
  quietAt: real('quiet_at'),
  quietUntil: real('quiet_until'),
  quietWhy: text('quiet_why'),
  /** The last MCP call that any process had, to the minute; on the same clock. */
  calledAt: real('called_at'),
  /** Passes and probes that failed in a row as they do when the API is down, and the latest of them. */
  failures: integer().notNull().default(0),
  failingSince: real('failing_since'),
  failureKind: text('failure_kind'),
  failureWhy: text('failure_why'),
  failedAt: real('failed_at'),
  nextTryAt: real('next_try_at'),
  /** Seconds by which the server's clock is ahead of ours, as last known; else why it is not: `undated` or `unsteady`. */
  clockSkew: real('clock_skew'),
  clockUnknown: text('clock_unknown', { enum: ['undated', 'unsteady'] }),
  /** 3: the API has lists of the whole organisation; 1: it is older. NULL: no pass has asked yet. And when one asked last. */
  generation: integer(),
  generationAt: real('generation_at'),
});
