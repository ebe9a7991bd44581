import { and, type Column, eq, getTableColumns, gte, isNull, type SQL, sql, type Table } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { runs, signals } from '../db/schema.ts';

/** Where a row came from: the agent whose list it is, the pass, and its place in the list. */
export interface Stamp {
  agent: number;
  pass: number;
  /** Only of a list whose order is remembered; null: not known. */
  place?: number | null;
  /** What belongs to the row and comes by other ways is due again: the list shows that it may have changed. */
  isDue?: boolean;
}

/** A row found in the mirror, and whether it is the same thing as the incoming one, not another with its id. */
export interface Stored<Row> {
  row: Row;
  isSame: boolean;
}

/** `column in (the JSON array bound as `name`)`: one prepared statement for any number of values. */
export function inJsonArray(column: Column, name: string): SQL {
  return sql`${column} in (select value from json_each(${sql.placeholder(name)}))`;
}

/** What writing `next` over `known` would change: nothing, how the row was brought, or more. */
export function changeOf<Row extends { pass: number | null; place?: number | null }>(
  next: Row,
  known: Row,
): 'nothing' | 'stamp' | 'row' {
  for (const name in next) if (name !== 'pass' && name !== 'place' && next[name] !== known[name]) return 'row';
  return next.pass === known.pass && next.place === known.place ? 'nothing' : 'stamp';
}

/** How many rows of an agent's list are there upstream as far as is known, brought by `pass` or a later one, and are so. */
export function liveRows(
  db: BetterSQLite3Database,
  table: typeof runs | typeof signals,
  agent: number,
  pass: number,
  which?: SQL,
): number {
  const where = and(eq(table.agent, agent), gte(table.pass, pass), isNull(table.goneAt), which);
  return db.select({ count: sql<number>`count(*)` }).from(table).where(where).get()?.count ?? 0;
}

/** Rows that were removed, and how many of them their list was counted to have. */
export interface Removed {
  rows: number;
  listed: number;
}

export function countRemoved(rows: readonly { pass: number | null; goneAt: number | null }[]): Removed {
  return { rows: rows.length, listed: rows.filter(({ pass, goneAt }) => pass !== null && goneAt === null).length };
}

/** For `on conflict do update set`: every column takes the value of the row that was to be inserted. */
export function allExcluded(table: Table): Record<string, SQL> {
  const columns = Object.entries(getTableColumns(table));
  return Object.fromEntries(columns.map(([property, { name }]) => [property, sql.raw(`excluded."${name}"`)]));
}

/** A boolean that may be unknown, as SQLite stores it. (drizzle turns a NULL placeholder of its own boolean mode into 0.) */
export function bit(value: boolean | null): number | null {
  return value === null ? null : Number(value);
}
