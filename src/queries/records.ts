import { and, asc, desc, eq, isNull, sql } from 'drizzle-orm';
import * as z from 'zod';
import type { Reader } from '../db/open.ts';
import { prepared, preparedByShape } from '../db/prepared.ts';
import { recordLists, records } from '../db/sync-tables.ts';
import type { RecordList, RecordShape } from '../lists/record-list.ts';
import { generationOf } from './generation.ts';

const bodies = preparedByShape((db, { isOfOne }: { isOfOne: boolean }) =>
  db
    .select({ body: records.body })
    .from(records)
    .where(
      and(
        eq(records.list, sql.placeholder('list')),
        isOfOne ? eq(records.owner, sql.placeholder('owner')) : undefined,
        isNull(records.goneAt),
      ),
    )
    .orderBy(asc(records.place), desc(records.at), asc(records.key))
    .prepare(),
);

const states = prepared((db) => db.select().from(recordLists).orderBy(asc(recordLists.list)).prepare());

/** The rows of a list, in the API's order: all, or those in the list of one agent. */
export function recordItems<Shape extends RecordShape>(
  reader: Reader,
  { name, wire }: RecordList<Shape>,
  owner?: string,
): z.infer<z.ZodObject<Shape>>[] {
  const item = z.string().transform((body) => wire.parse(JSON.parse(body)));
  return bodies(reader, { isOfOne: owner !== undefined })
    .all({ list: name, owner })
    .map(({ body }) => item.parse(body));
}

/** How a list is mirrored, those of all agents together. Times are Unix seconds. */
export interface RecordListStatus {
  list: string;
  rows: number;
  /** When one of them was last read; null: not yet. */
  readAt: number | null;
  /** The API does not have it. */
  isMissing: boolean;
  /** Why it, or one of them, could not be read. */
  error: string | null;
  /** Rows of the API's list that can't be read, and what is wrong with one of them. */
  unread: number;
  unreadShape: string | null;
}

/** Whether the API is known not to have a list: it said so, or is of an older generation. */
export function isMissing(reader: Reader, { name, since }: Pick<RecordList, 'name' | 'since'>): boolean {
  const status = recordListStatus(reader).find(({ list }) => list === name);
  const generation = generationOf(reader);
  return status?.isMissing === true || (generation !== null && generation < since && !status?.rows);
}

export function recordListStatus(reader: Pick<Reader, 'db'>): RecordListStatus[] {
  return [...Map.groupBy(states(reader).all(), ({ list }) => list)].map(([list, parts]) => ({
    list,
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
    readAt: parts.reduce<number | null>((newest, { readAt }) => Math.max(newest ?? 0, readAt ?? 0) || null, null),
    isMissing: parts.every(({ errorKind }) => errorKind === 'not_found'),
    error: parts.find(({ error, errorKind }) => error !== null && errorKind !== 'not_found')?.error ?? null,
    unread: parts.reduce((sum, { unread }) => sum + unread, 0),
    unreadShape: parts.find(({ unread }) => unread > 0)?.unreadShape ?? null,
  }));
}
