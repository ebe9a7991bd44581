import * as z from 'zod';
import type { Client, GetOptions } from '../api/client.ts';
import { parseAnswer } from '../api/pages.ts';
import { isBad, keyIn, rowReader } from '../api/rows.ts';
import { rawRows } from '../api/wire.ts';
import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import { type RecordList, recordRow } from '../lists/record-list.ts';
import { recordListsByName } from '../lists/records.ts';
import type { SentRecords } from '../mirror/records.ts';
import type { Store } from '../mirror/store.ts';

/** People make these rows by hand, so that the lists rarely change: a pass reads those that were read an hour ago. */
const dueSeconds = 3600;

/** Rows of a list that are read: a hundred times what installations have. */
const maxRows = 100_000;

const readableKey = z.union([z.string(), z.number()]);

interface RecordDeps {
  client: Client;
  store: Store;
  clock: Clock;
}

/** Fetches a list. @throws ApiError; of kind not_found where the API does not have it. */
export async function getRecords(client: Client, list: RecordList, options?: GetOptions): Promise<SentRecords> {
  const { path, wire, key, name } = list;
  const raw = parseAnswer(rawRows, await client.get(path, {}, options), path);
  if (raw.length > maxRows)
    throw new ApiError('bad_answer', `${path} answered with ${raw.length} rows; at most ${maxRows} are read.`);
  const sent = raw.map(rowReader(`row of ${name}`, wire, keyIn(key, readableKey)));
  const rows = sent.flatMap((one) => (isBad(one) ? [] : [recordRow(list, one)]));
  // The last of several rows with one key.
  return { rows: [...new Map(rows.map((row) => [row.key, row])).values()], unread: sent.filter(isBad) };
}

/** The lists that a pass is to read, of those that this generation of the API has; a full pass reads all of them. */
export function recordListsDue({ store, clock }: Omit<RecordDeps, 'client'>, isFull: boolean): readonly RecordList[] {
  const before = clock.now() - dueSeconds;
  const generation = store.apiState.read()?.generation ?? 3;
  const offered = Object.values(recordListsByName).filter(({ since }) => since <= generation);
  return offered.filter(({ name }) => isFull || (store.records.state(name)?.readAt ?? 0) <= before);
}

/**
 * Brings a list into the mirror. An API without the list is no error: the mirror remembers it.
 * @throws ApiError why the list can't be read; the mirror keeps its rows.
 */
export async function readRecords(deps: RecordDeps, list: RecordList, options: GetOptions): Promise<void> {
  const { client, store, clock } = deps;
  const beganAt = clock.now();
  try {
    const sent = await getRecords(client, list, options);
    store.write(() => store.records.replace(list.name, sent, beganAt));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { kind, message } = error;
    store.write(() => store.records.fail(list.name, { kind, message }, beganAt));
    if (kind !== 'not_found') throw error;
  }
}
