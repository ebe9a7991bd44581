import { and, eq, isNotNull, isNull } from 'drizzle-orm';
import * as z from 'zod';
import type { GetOptions } from '../api/client.ts';
import { contentMeta } from '../db/content.ts';
import type { Reader } from '../db/open.ts';
import { recordLists, records } from '../db/sync-tables.ts';
import { ApiError } from '../errors.ts';
import { contentOf } from '../lists/content.ts';
import type { RecordList, RecordRow } from '../lists/record-list.ts';
import { recordListsByName } from '../lists/records.ts';
import type { Difference } from './check-rows.ts';
import { fetchRecords, type RecordSource, recordsOf } from './records.ts';

/** The lists beside agents, runs and signals that the mirror has read, and whose they are. */
export function listsBeside({ db }: Reader): { list: RecordList; owner: string }[] {
  const lists: RecordList[] = Object.values(recordListsByName);
  const read = db
    .select()
    .from(recordLists)
    .where(and(isNotNull(recordLists.readAt), isNull(recordLists.errorKind)))
    .all();
  return read.flatMap(({ list: name, owner }) => {
    const list = lists.find((one) => one.name === name);
    return list ? [{ list, owner }] : [];
  });
}

/** Finds how a list beside agents, runs and signals differs from the mirror's copy of it. An API without the list differs in nothing. */
export async function compareRecords(
  { reader, ...source }: RecordSource & { reader: Reader },
  list: RecordList,
  owner: string,
  options: GetOptions,
): Promise<{ rows: number; differences: Difference[] }> {
  const fetched = await fetchRecords(source, list, owner, () => 0, options).catch((error: unknown) => {
    if (error instanceof ApiError && error.kind === 'not_found') return undefined;
    throw error;
  });
  if (!fetched) return { rows: 0, differences: [] };
  const sent = recordsOf(list, fetched, contentOf(contentMeta(reader.db)));
  const ofList = and(eq(records.list, list.name), eq(records.owner, owner), isNull(records.goneAt));
  const stored = reader.db.select().from(records).where(ofList).all();
  const surplus = new Map(stored.map((row) => [row.key, row]));
  const differences: Difference[] = [];
  for (const [place, { key = `?${place}`, shape }] of sent.unread.entries()) {
    surplus.delete(String(key));
    differences.push({ kind: 'unread', id: String(key), field: shape });
  }
  for (const row of sent.rows) {
    const have = surplus.get(row.key);
    surplus.delete(row.key);
    if (!have) differences.push({ kind: 'missing', id: row.key, field: null });
    else differences.push(...fieldsApart(row, have).map((field) => ({ kind: 'differs', id: row.key, field }) as const));
  }
  // An unreadable row without a key may be any of those that are left.
  const isNameless = sent.unread.some(({ key }) => key === undefined);
  const isExpected = (at: number | null) => sent.coveredFrom === 0 || (at ?? 0) > sent.coveredFrom;
  const left = isNameless ? [] : [...surplus.values()].filter(({ at }) => isExpected(at));
  const gone = left.map(({ key: id }) => ({ kind: 'surplus', id, field: null }) as const);
  return { rows: sent.rows.length + sent.unread.length, differences: [...differences, ...gone] };
}

const fields = z.record(z.string(), z.unknown());

function fieldsApart(want: RecordRow, have: RecordRow): string[] {
  const textsOf = ({ body, extra }: RecordRow) =>
    Object.entries({ ...fields.parse(JSON.parse(body)), extra }).map(
      ([name, value]) => `${name}=${JSON.stringify(value)}`,
    );
  const had = new Set(textsOf(have));
  return textsOf(want).flatMap((text) => (had.has(text) ? [] : text.slice(0, text.indexOf('='))));
}
