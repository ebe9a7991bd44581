import { index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { movingLists } from '../lists/names.ts';
import { agents } from './schema.ts';

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
    list: text({ enum: movingLists }).notNull(),
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
    /** What the agents list told of the agent when the last complete pass of this list began, and when that was. */
    seen: text(),
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
    list: text({ enum: movingLists }).notNull(),
    agent: integer()
      .notNull()
      .references(() => agents.id),
    key: integer().notNull(),
    lasts: integer({ mode: 'boolean' }).notNull().default(false),
  },
  (table) => [primaryKey({ columns: [table.list, table.agent, table.key] })],
);

/**
 * The rows of the lists beside agents, runs and signals, as the API sends them. `body` (the fields that the mirror knows)
 * and `extra` (the others) are JSON.
 */
export const records = sqliteTable(
  'records',
  {
    list: text().notNull(),
    key: text().notNull(),
    /** The agent whose list it is in; empty: the list is the organisation's. */
    owner: text().notNull(),
    /** Its place in a list that is replaced whole, and its time in one that is newest first. */
    place: integer(),
    at: real(),
    body: text().notNull(),
    extra: text(),
    /** When the API was seen to have dropped it. */
    goneAt: real('gone_at'),
  },
  (table) => [
    primaryKey({ columns: [table.list, table.key] }),
    index('records_newest').on(table.list, table.owner, table.at),
  ],
);

/** How far each of these lists is mirrored. */
export const recordLists = sqliteTable(
  'record_lists',
  {
    list: text().notNull(),
    owner: text().notNull(),
    /** When the list was last read; a wipe makes it NULL. */
    readAt: real('read_at'),
    /** The mirror has everything from this time on; 0: the whole list. */
    coveredFrom: real('covered_from').notNull().default(0),
    rows: integer().notNull().default(0),
    /** Rows of the API's list that could not be read, and what is wrong with one of them. */
    unread: integer().notNull().default(0),
    unreadShape: text('unread_shape'),
    /** Why it could not be read; kind not_found: the API does not have it. */
    errorKind: text('error_kind'),
    error: text(),
    errorAt: real('error_at'),
  },
  (table) => [primaryKey({ columns: [table.list, table.owner] })],
);

/** What is known of the API's lists of all agents. */
export const fleetLists = sqliteTable('fleet_lists', {
  list: text({ enum: movingLists }).primaryKey(),
  /**
   * How many rows it has beyond what the agents' lists count: those of agents that the API does not list. As long as that
   * stays, the agents' lists lack nothing. Confirmed: two looks after reading the agents' lists found the same.
   */
  beyond: integer().notNull(),
  isConfirmed: integer('is_confirmed', { mode: 'boolean' }).notNull(),
  /** The newest pass at the last look: whatever has moved up since stands above the rows of earlier ones. */
  pass: integer().notNull(),
});

/** One row: the state of the whole fleet's sync. */
export const fleetState = sqliteTable('fleet_state', {
  id: integer().primaryKey(),
  lastPass: integer('last_pass').notNull().default(0),
  beganAt: real('began_at'),
  completedAt: real('completed_at'),
  /** When the last complete pass began: from then on the mirror may differ from the API. */
  syncedAt: real('synced_at'),
  /** The globs of DUNETRACE_AGENTS that the mirror follows; NULL: it has all agents. */
  onlyAgents: text('only_agents'),
  /** Rows of the agents list that could not be read, and what is wrong with one of them. */
  unreadAgents: integer('unread_agents').notNull().default(0),
  unreadShape: text('unread_shape'),
  errorKind: text('error_kind'),
  error: text(),
  errorAt: real('error_at'),
});
