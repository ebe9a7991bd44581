import type Database from 'better-sqlite3';
import { getTableColumns, getTableName, type Table } from 'drizzle-orm';

type Values = Readonly<Record<string, unknown>>;

/** Writes rows whole, by the names that the schema gives their columns. */
export interface RowWriter<Row extends Values, Key extends keyof Row> {
  /** Adds a row that is not there; its number is made up unless given. @returns the number. */
  insert(row: Omit<Row, Key> & Partial<Pick<Row, Key>>): number;
  /** Writes over the row with the same number. */
  update(row: Row): void;
}

const bound = (value: unknown) => (typeof value === 'boolean' ? Number(value) : (value ?? null));

/**
 * A writer of a table whose primary key is the one column `key`. Two statements and no upsert: of each upsert SQLite makes
 * a savepoint, and copies every page of every index that it touches, which takes three times as long as an insert. By hand,
 * as drizzle looks at each parameter at each run.
 */
export function writerOf<Row extends Values, Key extends keyof Row & string>(
  sqlite: Database.Database,
  table: Table,
  key: Key,
): RowWriter<Row, Key> {
  const columns = Object.entries(getTableColumns(table)).filter(([property]) => property !== key);
  const properties = [...columns.map(([property]) => property), key];
  const names = [...columns.map(([, { name }]) => `"${name}"`), `"${key}"`];
  const into = getTableName(table);
  const insert = sqlite.prepare(`insert into ${into} (${names.join()}) values (${names.map(() => '?').join()})`);
  const set = columns.map(([, { name }]) => `"${name}" = ?`).join();
  const update = sqlite.prepare(`update ${into} set ${set} where "${key}" = ?`);
  const valuesOf = (row: Values) => properties.map((property) => bound(row[property]));
  return {
    insert: (row) => Number(insert.run(valuesOf(row)).lastInsertRowid),
    update: (row) => {
      update.run(valuesOf(row));
    },
  };
}
