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
  /** Empties the index, so that no word of a former row is left, and fills it with the rows there are: some at a time, by id. */
  refill(rowsAfter: (id: number) => readonly { id: number; texts: readonly (string | null)[] }[]): void;
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

  function store(): void {
    if (removed.size > 0) drop.run(toJson(removed));
    if (added.size > 0) insert.run(toJson(added));
    forget();
  }

  function add(id: number, texts: readonly (string | null)[]): void {
    added.set(id, indexed(texts));
  }

  return {
    add,
    remove: (id, texts) => {
      if (!added.delete(id)) removed.set(id, indexed(texts));
    },
    refill: (rowsAfter) => {
      forget();
      sqlite.exec(`insert into ${table} (${table}) values ('delete-all')`);
      for (let last: number | undefined = Number.MIN_SAFE_INTEGER; last !== undefined; ) {
        const rows = rowsAfter(last);
        for (const { id, texts } of rows) add(id, texts);
        store();
        last = rows.at(-1)?.id;
      }
    },
    store,
    forget,
  };
}
