import { and, count, eq, isNull, sql } from 'drizzle-orm';
import * as z from 'zod';
import type { Mirror } from '../db/open.ts';
import { recordLists, records } from '../db/sync-tables.ts';
import { parseToStore } from '../exact-json.ts';
import { type Content, jsonWithoutTexts } from '../lists/content.ts';
import { hidden, type RecordList, type RecordRow } from '../lists/record-list.ts';
import { recordListsByName } from '../lists/records.ts';
import type { Changes } from './changes.ts';
import { removeOtherRecords } from './chosen-records.ts';

export type RecordListState = typeof recordLists.$inferSelect;

/** Whose list: an agent's, or (empty) the organisation's. */
export type RecordListId = {
  list: string;
  owner: string;
};

/** The rows that an API sent, in its order. */
export interface SentRecords {
  rows: readonly RecordRow[];
  /** The keys of its unreadable rows, as far as they are readable, and what is wrong with one of them. */
  unread: readonly { key?: string | number | undefined; shape: string }[];
  /** From when on (Unix seconds) these are all rows of the list; 0: they are the whole list. */
  coveredFrom: number;
  /** They go down to rows that the mirror had. */
  isJoined: boolean;
  /** How many rows the list has, if the API said so. */
  total?: number | undefined;
}

/** The lists beside agents, runs and signals. To be called in a transaction. */
export interface RecordStore {
  state(id: RecordListId): RecordListState | undefined;
  /** How many of these rows the mirror has as they are. */
  countKnown(list: string, rows: readonly RecordRow[]): number;
  /**
   * Stores what the API sent at `now`; `replaces`: a row that is not among it is removed, else it is marked as gone, if it
   * should be among it. An unread row keeps what the mirror has under its key; one without a readable key may be any row.
   */
  put(id: RecordListId, sent: SentRecords, how: { replaces: boolean; now: number }): void;
  /** Records why a list could not be read at `now`; kind not_found: the API does not have it. Its rows stay. */
  fail(id: RecordListId, reason: { kind: string; message: string }, now: number): void;
  /** Hashes what was kept of texts. */
  hide(content: Content): void;
  /** Every list is due again: the backend was wiped, or texts are to be kept. */
  expireAll(): void;
  /** Other agents are mirrored from now on: rows of those that are not go, and every list is due again, to its end. */
  keepOnly(isWanted: (agentId: string) => boolean): void;
}

type Row = typeof records.$inferSelect;

const fieldsOf = z.record(z.string(), z.unknown());

const fields = ['place', 'at', 'body', 'extra', 'goneAt'] as const;
const isSame = (one: Row | undefined, other: Row) =>
  one !== undefined && one.owner === other.owner && fields.every((field) => one[field] === other[field]);

/** The rows of all lists, by their keys. */
function rowsOf(db: Mirror['db'], changes: Changes) {
  // All are prepared, for a list may have 100,000 rows, which are stored in one transaction.
  const { placeholder } = sql;
  const byKey = and(eq(records.list, placeholder('list')), eq(records.key, placeholder('key')));
  const find = db.select().from(records).where(byKey).prepare();
  const remove = db.delete(records).where(byKey).prepare();
  const store = db
    .insert(records)
    .values({
      list: placeholder('list'),
      key: placeholder('key'),
      owner: placeholder('owner'),
      place: placeholder('place'),
      at: placeholder('at'),
      body: placeholder('body'),
      extra: placeholder('extra'),
      goneAt: placeholder('goneAt'),
    })
    .onConflictDoUpdate({
      target: [records.list, records.key],
      set: {
        owner: sql`excluded.owner`,
        place: sql`excluded.place`,
        at: sql`excluded.at`,
        body: sql`excluded.body`,
        extra: sql`excluded.extra`,
        goneAt: sql`excluded.gone_at`,
      },
    })
    .prepare();

  function putRow(row: Row): void {
    if (isSame(find.get(row), row)) return;
    store.run(row);
    changes.other();
  }

  function removeRow(row: Row): void {
    remove.run(row);
    changes.other();
  }

  return { find, putRow, removeRow };
}

export function createRecordStore({ db }: Mirror, changes: Changes): RecordStore {
  const ofList = and(eq(records.list, sql.placeholder('list')), eq(records.owner, sql.placeholder('owner')));
  const stored = db.select().from(records).where(ofList).prepare();
  const { find, putRow, removeRow } = rowsOf(db, changes);
  const live = db
    .select({ rows: count() })
    .from(records)
    .where(and(ofList, isNull(records.goneAt)))
    .prepare();
  const state = db
    .select()
    .from(recordLists)
    .where(and(eq(recordLists.list, sql.placeholder('list')), eq(recordLists.owner, sql.placeholder('owner'))))
    .prepare();
  const save = (row: Partial<RecordListState> & RecordListId) => {
    const target = [recordLists.list, recordLists.owner];
    db.insert(recordLists).values(row).onConflictDoUpdate({ target, set: row }).run();
  };

  const expireAll = () => {
    db.update(recordLists).set({ readAt: null, errorAt: null }).run();
  };

  /** Whether a row of the mirror should have been among the rows that the API sent. */
  const isExpected = ({ at: time }: Row, from: number) => from === 0 || (time !== null && time > from);

  return {
    state: (id) => state.get(id),
    countKnown: (list, rows) =>
      rows.filter((row) => {
        const known = find.get({ list, key: row.key });
        return known?.goneAt === null && known.body === row.body && known.extra === row.extra;
      }).length,
    put: (id, { rows, unread, coveredFrom, isJoined, total = 0 }, { replaces, now }) => {
      const known = state.get(id);
      for (const [place, row] of rows.entries())
        putRow({ ...id, ...row, place: replaces ? place : null, goneAt: null });
      const isNameless = unread.some(({ key }) => key === undefined);
      const isHeld = (key: unknown) => find.get({ list: id.list, key: String(key) })?.goneAt === null;
      const lacking = unread.filter(({ key }) => !isHeld(key)).length;
      // A row that went up while its list was read was on no page. It still counts in the total.
      const mayBeGone = !isNameless && (live.get(id)?.rows ?? 0) + lacking > total;
      const shown = new Set([...rows.map(({ key }) => key), ...unread.map(({ key }) => String(key))]);
      for (const row of mayBeGone ? stored.all(id) : []) {
        if (shown.has(row.key) || row.goneAt !== null || !isExpected(row, coveredFrom)) continue;
        if (replaces) removeRow(row);
        else putRow({ ...row, goneAt: now });
      }
      const { rows: count = 0 } = live.get(id) ?? {};
      const read = { readAt: now, errorKind: null, error: null, errorAt: null };
      const reach = isJoined && known ? Math.min(coveredFrom, known.coveredFrom) : coveredFrom;
      const unreadable = { unread: unread.length, unreadShape: unread[0]?.shape ?? null };
      save({ ...id, ...read, ...unreadable, coveredFrom: reach, rows: count });
    },
    fail: (id, { kind, message }, now) => {
      const known = state.get(id);
      if (known?.errorKind !== kind) changes.other();
      // That the API does not have a list is known as of now, too; rows that it had are as old as they are.
      const readAt = kind === 'not_found' && !known?.rows ? { readAt: now } : {};
      save({ ...id, errorKind: kind, error: message, errorAt: now, ...readAt });
    },
    hide: (content) => {
      const lists: RecordList[] = Object.values(recordListsByName);
      for (const list of lists) {
        const rows = db.select().from(records).where(eq(records.list, list.name)).all();
        for (const row of rows) {
          const body = JSON.stringify(hidden(list, fieldsOf.parse(parseToStore(row.body)), content));
          putRow({ ...row, body, extra: jsonWithoutTexts(row.extra, content) });
        }
      }
    },
    expireAll,
    keepOnly: (isWanted) => {
      removeOtherRecords(db, isWanted);
      expireAll();
      changes.other();
    },
  };
}
