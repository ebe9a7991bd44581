import * as z from 'zod';
import type { Client, GetOptions } from '../api/client.ts';
import { getPage, maxPageSize, parseAnswer } from '../api/pages.ts';
import { type BadRow, isBad, keyIn, rowReader, type Sent } from '../api/rows.ts';
import { rawRows } from '../api/wire.ts';
import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import { type RecordList, type RecordRow, recordRow } from '../lists/record-list.ts';
import type { SentRecords } from '../mirror/records.ts';
import type { Store } from '../mirror/store.ts';

/** Reads the lists beside agents, runs and signals, and stores them. */

/** Rows of a list in one answer that are read: a hundred times what installations have. */
const maxRows = 100_000;

/** Pages of a list that are read at once: 100,000 rows. */
const maxPages = 200;

/** So many rows in a row, as the mirror has them, end a walk over pages. */
const overlap = 10;

const readableKey = z.union([z.string(), z.number()]);

export interface RecordDeps {
  client: Client;
  store: Store;
  clock: Clock;
}

/** How many of the rows the mirror has as they are; a check knows none, and so reads the whole list. */
type CountKnown = (rows: readonly RecordRow[]) => number;

/**
 * Fetches a list, down to rows that the mirror has.
 * @throws ApiError; of kind not_found where the API does not have it.
 */
export async function getRecords(
  client: Client,
  list: RecordList,
  owner: string,
  countKnown: CountKnown,
  options: GetOptions = {},
): Promise<SentRecords> {
  const { wire, key, name, shows } = list;
  const read = rowReader(`row of ${name}`, wire, keyIn(key, readableKey));
  const path = typeof list.path === 'string' ? list.path : list.path(owner);
  if (shows.how === 'pages') return getPages(client, list, { path, read }, countKnown, options);
  const raw = rowsIn(list, await client.get(path, {}, options), path);
  if (raw.length > maxRows)
    throw new ApiError('bad_answer', `${path} answered with ${raw.length} rows; at most ${maxRows} are read.`);
  const { rows, unread } = sorted(list, raw.map(read));
  const isWhole = shows.how === 'whole' || raw.length < shows.most;
  return { rows, unread, coveredFrom: isWhole ? 0 : oldest(rows), isJoined: countKnown(rows) > 0 };
}

function rowsIn({ rowsKey }: RecordList, answer: unknown, path: string): unknown[] {
  if (rowsKey === undefined) return parseAnswer(rawRows, answer, path);
  const { [rowsKey]: rows = [] } = parseAnswer(z.object({ [rowsKey]: rawRows }), answer, path);
  return rows;
}

/** Rows by their key, the last of each; and those that can't be read. */
function sorted(list: RecordList, sent: readonly (Sent<object> | BadRow)[]) {
  const rows = sent.flatMap((one) => (isBad(one) ? [] : [recordRow(list, one)]));
  return { rows: [...new Map(rows.map((row) => [row.key, row])).values()], unread: sent.filter(isBad) };
}

/** The time of the oldest row; none: nothing is known of the list. */
const oldest = (rows: readonly RecordRow[]) => Math.min(Number.MAX_VALUE, ...rows.flatMap(({ at }) => at ?? []));

async function getPages(
  client: Client,
  list: RecordList,
  { path, read }: { path: string; read: (raw: unknown) => Sent<object> | BadRow },
  countKnown: CountKnown,
  options: GetOptions,
): Promise<SentRecords> {
  const source = { path, rowsKey: list.rowsKey ?? list.name, read };
  const sent: (Sent<object> | BadRow)[] = [];
  for (let pages = 1; ; pages += 1) {
    // Rows that arrive on top push others down: the pages overlap.
    const offset = Math.max(0, sent.length - overlap);
    const page = await getPage(client, source, { ...options, offset, limit: maxPageSize });
    sent.push(...page.rows.slice(sent.length - offset));
    const { rows, unread } = sorted(list, sent);
    const isEnd = !page.hasMore || page.rows.length <= overlap;
    const last = rows.slice(-overlap);
    const isJoined = last.length === overlap && countKnown(last) === overlap;
    if (isEnd || isJoined || pages >= maxPages)
      return { rows, unread, coveredFrom: isEnd ? 0 : oldest(rows), isJoined };
  }
}

/**
 * Brings a list into the mirror. An API without the list is no error: the mirror remembers it.
 * @throws ApiError why the list can't be read; the mirror keeps its rows.
 */
export async function readRecords(
  { client, store, clock }: RecordDeps,
  list: RecordList,
  owner: string,
  options: GetOptions,
): Promise<void> {
  const id = { list: list.name, owner };
  const beganAt = clock.now();
  try {
    const countKnown: CountKnown = (rows) => store.records.countKnown(list.name, rows);
    const sent = await getRecords(client, list, owner, countKnown, options);
    store.write(() => store.records.put(id, sent, { replaces: list.shows.how === 'whole', now: beganAt }));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { kind, message } = error;
    store.write(() => store.records.fail(id, { kind, message }, beganAt));
    if (kind !== 'not_found') throw error;
  }
}
