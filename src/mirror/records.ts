import { and, asc, eq, sql } from 'drizzle-orm';
import type { Mirror } from '../db/open.ts';
import { records, recordLists } from '../db/sync-tables.ts';
import type { RecordRow } from '../lists/record-list.ts';
import type { Changes } from './changes.ts';

export type RecordListState = typeof recordLists.$inferSelect;

/** A whole list, in the API's order. */
export interface SentRecords {
  rows: readonly RecordRow[];
  /** The keys of its unreadable rows, as far as they are readable, and what is wrong with one of them. */
  unread: readonly { key?: string | number | undefined; shape: string }[];
}

/** The small lists that are replaced whole. To be called in a transaction. */
export interface RecordStore {
  state(list: string): RecordListState | undefined;
  /**
   * Replaces a list by what the API sent at `now`. An unread row keeps what the mirror has under its key; one without a
   * readable key may be any row, so that none is removed then.
   */
  replace(list: string, sent: SentRecords, now: number): void;
  /** Records why a list could not be read at `now`; kind not_found: the API does not have it. Its rows stay. */
  fail(list: string, reason: { kind: string; message: string }, now: number): void;
  /** The backend was wiped: every list is due again. */
  expireAll(): void;
}

export function createRecordStore({ db }: Mirror, changes: Changes): RecordStore {
  const inList = eq(records.list, sql.placeholder('list'));
  const stored = db.select().from(records).where(inList).orderBy(asc(records.place)).prepare();
  const state = db
    .select()
    .from(recordLists)
    .where(eq(recordLists.list, sql.placeholder('list')))
    .prepare();
  const remove = db
    .delete(records)
    .where(and(inList, eq(records.key, sql.placeholder('key'))))
    .prepare();
  const save = (row: Partial<RecordListState> & { list: string }) => {
    db.insert(recordLists).values(row).onConflictDoUpdate({ target: recordLists.list, set: row }).run();
  };

  return {
    state: (list) => state.get({ list }),
    replace: (list, { rows, unread }, now) => {
      const before = new Map(stored.all({ list }).map((row) => [row.key, row]));
      const after = rows.map((row, place) => ({ list, place, ...row }));
      const target = [records.list, records.key];
      for (const row of after) {
        if (JSON.stringify(before.get(row.key), fields) === JSON.stringify(row, fields)) continue;
        db.insert(records).values(row).onConflictDoUpdate({ target, set: row }).run();
        changes.other();
      }
      const isNameless = unread.some(({ key }) => key === undefined);
      const shown = new Set([...after.map(({ key }) => key), ...unread.map(({ key }) => String(key))]);
      const gone = isNameless ? [] : [...before.keys()].filter((key) => !shown.has(key));
      for (const key of gone) {
        remove.run({ list, key });
        changes.other();
      }
      const kept = new Set([...before.keys(), ...after.map(({ key }) => key)]).size - gone.length;
      const read = { readAt: now, errorKind: null, error: null, errorAt: null };
      save({ list, ...read, rows: kept, unread: unread.length, unreadShape: unread[0]?.shape ?? null });
    },
    fail: (list, { kind, message }, now) => {
      if (state.get({ list })?.errorKind !== kind) changes.other();
      // That the API does not have a list is known as of now, too.
      const readAt = kind === 'not_found' ? { readAt: now } : {};
      save({ list, errorKind: kind, error: message, errorAt: now, ...readAt });
    },
    expireAll: () => {
      db.update(recordLists).set({ readAt: null }).run();
    },
  };
}

const fields = ['place', 'body', 'extra'];
