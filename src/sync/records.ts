import * as z from 'zod';
import type { Client, GetOptions } from '../api/client.ts';
import { getPage, maxPageSize, parseAnswer } from '../api/pages.ts';
import { type BadRow, goodRows, isBad, keyIn, rowReader, type Sent } from '../api/rows.ts';
import { rawRows } from '../api/wire.ts';
import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import type { Content } from '../lists/content.ts';
import { type RecordList, recordRow } from '../lists/record-list.ts';
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

/** What an API sent of a list: as many rows as it takes. */
interface Fetched {
  sent: readonly (Sent<object> | BadRow)[];
  /** They go to the end of the list, or down to rows that the mirror had. */
  isWhole: boolean;
  isJoined: boolean;
}

/** How many of the rows the mirror has as they are; a check knows none, and so reads the whole list. */
type CountKnown = (sent: readonly (Sent<object> | BadRow)[]) => number;

/**
 * Fetches a list, down to rows that the mirror has.
 * @throws ApiError; of kind not_found where the API does not have it.
 */
export async function fetchRecords(
  client: Client,
  list: RecordList,
  owner: string,
  countKnown: CountKnown,
  options: GetOptions = {},
): Promise<Fetched> {
  const { wire, key, name, shows } = list;
  const read = rowReader(`row of ${name}`, wire, keyIn(key, readableKey));
  const path = typeof list.path === 'string' ? list.path : list.path(owner);
  if (shows.how === 'pages') return fetchPages(client, list, { path, read }, countKnown, options);
  const raw = rowsIn(list, await client.get(path, {}, options), path);
  if (raw.length > maxRows)
    throw new ApiError('bad_answer', `${path} answered with ${raw.length} rows; the limit is ${maxRows}.`);
  const sent = raw.map(read);
  const isWhole = shows.how === 'whole' || raw.length < shows.most;
  return { sent, isWhole, isJoined: !isWhole && countKnown(sent) > 0 };
}

function rowsIn({ rowsKey }: RecordList, answer: unknown, path: string): unknown[] {
  if (rowsKey === undefined) return parseAnswer(rawRows, answer, path);
  const { [rowsKey]: rows = [] } = parseAnswer(z.object({ [rowsKey]: rawRows }), answer, path);
  return rows;
}

async function fetchPages(
  client: Client,
  { rowsKey, name }: RecordList,
  { path, read }: { path: string; read: (raw: unknown) => Sent<object> | BadRow },
  countKnown: CountKnown,
  options: GetOptions,
): Promise<Fetched> {
  const source = { path, rowsKey: rowsKey ?? name, read };
  const sent: (Sent<object> | BadRow)[] = [];
  for (let pages = 1; ; pages += 1) {
    // Rows that arrive on top push others down: the pages overlap.
    const offset = Math.max(0, sent.length - overlap);
    const page = await getPage(client, source, { ...options, offset, limit: maxPageSize });
    sent.push(...page.rows.slice(sent.length - offset));
    const isWhole = !page.hasMore || page.rows.length <= overlap;
    const isJoined = !isWhole && countKnown(sent.slice(-overlap)) === overlap;
    if (isWhole || isJoined || pages >= maxPages) return { sent, isWhole, isJoined };
  }
}

/** What an API sent, as the mirror is to have it. */
export function recordsOf(list: RecordList, { sent, isWhole, isJoined }: Fetched, content: Content): SentRecords {
  // Of several rows with one key, the last.
  const rows = new Map(
    goodRows(sent)
      .map((one) => recordRow(list, one, content))
      .map((row) => [row.key, row]),
  );
  const times = [...rows.values()].flatMap(({ at }) => at ?? []);
  // Without a time, nothing is known of the list.
  const oldest = Math.min(Number.MAX_VALUE, ...times);
  return { rows: [...rows.values()], unread: sent.filter(isBad), coveredFrom: isWhole ? 0 : oldest, isJoined };
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
  const countKnown: CountKnown = (sent) => {
    const content = store.content.policy();
    return store.records.countKnown(
      list.name,
      goodRows(sent).map((one) => recordRow(list, one, content)),
    );
  };
  try {
    const fetched = await fetchRecords(client, list, owner, countKnown, options);
    store.write(() => {
      const sent = recordsOf(list, fetched, store.content.policy());
      store.records.put(id, sent, { replaces: list.shows.how === 'whole', now: beganAt });
    });
  } catch (error) {
    // Why nothing can be read is no property of the list.
    if (!(error instanceof ApiError) || error.stopsThePass) throw error;
    const { kind, message } = error;
    store.write(() => store.records.fail(id, { kind, message }, beganAt));
    if (kind !== 'not_found') throw error;
  }
}
