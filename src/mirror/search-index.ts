import type Database from 'better-sqlite3';
import { wordsOf } from '../db/words.ts';

/**
 * A full-text index over the rows of another table, by row number. The index keeps only words, so `remove` needs the texts that
 * the row had. `store` writes all changes of a transaction at once: FTS5 flushes its pending words at each statement, and one
 * statement per row takes ten times as long.
 */
export interface SearchIndex {
  add(id: number, texts: readonly (string | null)[]): void;
  remove(id: number, texts: readonly (string | null)[]): void;
  /** Writes the changes. Call it at the end of the transaction. */
  store(): void;
  /** Drops the changes. Call it after a rollback. */
  forget(): void;
}

export function createSearchIndex(sqlite: Database.Database, table: string, columns: readonly string[]): SearchIndex {
  const added = new Map<number, string[]>();
  const removed = new Map<number, string[]>();
  const names = columns.join(', ');
  const values = columns.map((_, place) => `value ->> ${place + 1}`).join(', ');
  const insert = sqlite.prepare(
    `insert into ${table} (rowid, ${names}) select value ->> 0, ${values} from json_each(?)`,
  );
  const drop = sqlite.prepare(
    `insert into ${table} (${table}, rowid, ${names}) select 'delete', value ->> 0, ${values} from json_each(?)`,
  );
  const toJson = (rows: Map<number, string[]>) => JSON.stringify([...rows].map(([id, texts]) => [id, ...texts]));
  // SQLite ends a text at a NUL.
  const indexed = (texts: readonly (string | null)[]) =>
    texts.map((text) =>
      wordsOf(text ?? '')
        .toWellFormed()
        .replaceAll('\u0000', ' '),
    );

  function forget(): void {
    added.clear();
    removed.clear();
  }

  return {
    add: (id, texts) => {
      added.set(id, indexed(texts));
    },
    remove: (id, texts) => {
      if (!added.delete(id)) removed.set(id, indexed(texts));
    },
    store: () => {
      if (removed.size > 0) drop.run(toJson(removed));
      if (added.size > 0) insert.run(toJson(added));
      forget();
    },
    forget,
  };
}
