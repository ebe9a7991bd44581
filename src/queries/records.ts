import { asc, eq, sql } from 'drizzle-orm';
import * as z from 'zod';
import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { records, recordLists } from '../db/sync-tables.ts';
import type { RecordList, RecordShape } from '../lists/record-list.ts';

const bodies = prepared((db) =>
  db
    .select({ body: records.body })
    .from(records)
    .where(eq(records.list, sql.placeholder('list')))
    .orderBy(asc(records.place))
    .prepare(),
);

const states = prepared((db) => db.select().from(recordLists).orderBy(asc(recordLists.list)).prepare());

/** The rows of a small list, in the API's order. */
export function recordItems<Shape extends RecordShape>(
  reader: Reader,
  { name, wire }: RecordList<Shape>,
): z.infer<z.ZodObject<Shape>>[] {
  const item = z.string().transform((body) => wire.parse(JSON.parse(body)));
  return bodies(reader)
    .all({ list: name })
    .map(({ body }) => item.parse(body));
}

/** How a small list is mirrored. Times are Unix seconds. */
export interface RecordListStatus {
  list: string;
  rows: number;
  /** When it was last read; null: not yet. */
  readAt: number | null;
  /** The API does not have it. */
  isMissing: boolean;
  /** Why it could not be read. */
  error: string | null;
  /** Rows of the API's list that can't be read, and what is wrong with one of them. */
  unread: number;
  unreadShape: string | null;
}

export function recordListStatus(reader: Pick<Reader, 'db'>): RecordListStatus[] {
  return states(reader)
    .all()
    .map(({ errorKind, error, errorAt: _, ...state }) => {
      const isMissing = errorKind === 'not_found';
      return { ...state, isMissing, error: isMissing ? null : error };
    });
}
