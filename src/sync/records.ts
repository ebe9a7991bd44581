import * as z from 'zod';
import { type AgentChoice, leftOutSentence } from '../agent-choice.ts';
import type { Client, GetOptions } from '../api/client.ts';
import { getPage, maxPageSize, parseAnswer } from '../api/pages.ts';
import { type BadRow, goodRows, isBad, keyIn, rowReader, type Sent } from '../api/rows.ts';
import { rawRows } from '../api/wire.ts';
import type { Clock } from '../clock.ts';
import { ApiError, LeftOutError } from '../errors.ts';
import type { Content } from '../lists/content.ts';
import { isOfAgents, type RecordList, recordRow } from '../lists/record-list.ts';
import type { SentRecords } from '../mirror/records.ts';
import type { Store } from '../mirror/store.ts';

/** Reads the lists beside agents, runs and signals, and stores them. */

/** Rows of a list in one answer that are read: a hundred times what installations have. */
const maxRows = 100_000;

/** Pages of a list that are read at once: 100,000 rows. */
const maxPages = 200;

/** So many rows in a row, as the mirror has them, end a walk over pages. */
const overlap = 10;

/**
 * Below the rows that a walk over pages ends at, others may have changed without going up, or be gone: so often (in seconds)
 * a walk goes on to the end. An issue counts clean runs and is resolved where it stands.
 */
const wholeSeconds = ({ followsSignals = false }: RecordList) => (followsSignals ? 3600 : 86_400);

const readableKey = z.union([z.string(), z.number()]);

/** Whom to ask, and the agents whose rows count. */
export interface RecordSource {
  client: Client;
  agents: AgentChoice;
}

export interface RecordDeps extends RecordSource {
  store: Store;
  clock: Pick<Clock, 'now'>;
}

/** What an API sent of a list: as many rows as it takes, without those of agents that are not mirrored. */
interface Fetched {
  sent: readonly (Sent<object> | BadRow)[];
  /** They go to the end of the list, or down to rows that the mirror had. */
  isWhole: boolean;
  isJoined: boolean;
  /** How many rows the list has, where its pages say so; infinite: of all agents, and of some of them only their newest. */
  total?: number;
}

/** How many of the rows the mirror has as they are; a check knows none, and so reads the whole list. */
type CountKnown = (sent: readonly (Sent<object> | BadRow)[]) => number;

/**
 * Fetches a list, down to rows that the mirror has.
 * @throws ApiError; of kind not_found where the API does not have it.
 */
export async function fetchRecords(
  { client, agents }: RecordSource,
  list: RecordList,
  owner: string,
  countKnown: CountKnown,
  options: GetOptions = {},
): Promise<Fetched> {
  const { wire, key, name, shows } = list;
  const read = rowReader(`row of ${name}`, wire, keyIn(key, readableKey));
  const path = typeof list.path === 'string' ? list.path : list.path(owner);
  if (shows.how === 'pages') return fetchPages({ client, agents }, list, { path, read }, countKnown, options);
  const raw = rowsIn(list, await client.get(path, {}, options), { path, agents });
  if (raw.length > maxRows)
    throw new ApiError('bad_answer', `${path} answered with ${raw.length} rows; the limit is ${maxRows}.`);
  const sent = raw.map(read).filter((one) => isBad(one) || isChosen(one.row, agents));
  const isWhole = shows.how === 'whole' || raw.length < shows.most;
  return { sent, isWhole, isJoined: !isWhole && countKnown(sent) > 0 };
}

const ofAgent = z.object({ agent_id: z.string() });

/** Whether a row is of no agent, of all (`*`), or of one that is mirrored. */
export function isChosen(row: unknown, agents: AgentChoice): boolean {
  const { data } = ofAgent.safeParse(row);
  return data === undefined || data.agent_id === '*' || agents.includes(data.agent_id);
}

type Asked = { path: string; agents: AgentChoice };

/** The rows of an answer; none, if the answer says that they are of an agent that is not mirrored. */
function rowsIn({ rowsKey }: RecordList, answer: unknown, { path, agents }: Asked): unknown[] {
  if (rowsKey === undefined) return parseAnswer(rawRows, answer, path);
  if (!isChosen(answer, agents)) return [];
  const { [rowsKey]: rows = [] } = parseAnswer(z.object({ [rowsKey]: rawRows }), answer, path);
  return rows;
}

async function fetchPages(
  { client, agents }: RecordSource,
  { rowsKey, name }: RecordList,
  { path, read }: { path: string; read: (raw: unknown) => Sent<object> | BadRow },
  countKnown: CountKnown,
  options: GetOptions,
): Promise<Fetched> {
  const source = { path, rowsKey: rowsKey ?? name, read };
  const sent: (Sent<object> | BadRow)[] = [];
  let seen = 0;
  let again = 0;
  for (let pages = 1; ; pages += 1) {
    const page = await getPage(client, source, { ...options, offset: seen - again, limit: maxPageSize });
    const further = page.rows.slice(again);
    seen += further.length;
    sent.push(...further.filter((one) => isBad(one) || isChosen(one.row, agents)));
    // Rows that leave the top pull others up: the pages overlap, but each of them brings some.
    again = Math.min(overlap, Math.floor(page.rows.length / 2));
    const { hasMore } = page;
    const isJoined = hasMore && countKnown(sent.slice(-overlap)) === overlap;
    if (!hasMore || isJoined || further.length === 0 || pages >= maxPages) {
      const left = seen - sent.length;
      const total = hasMore && agents.globs !== '' ? Number.POSITIVE_INFINITY : page.total - left;
      return { sent, isWhole: !hasMore, isJoined, total };
    }
  }
}

/** What an API sent, as the mirror is to have it. */
export function recordsOf(
  list: RecordList,
  { sent, isWhole, isJoined, total }: Fetched,
  content: Content,
): SentRecords {
  // Of several rows with one key, the last.
  const rows = new Map(
    goodRows(sent)
      .map((one) => recordRow(list, one, content))
      .map((row) => [row.key, row]),
  );
  // Without a time, nothing is known of the list. (The rows may be too many for the arguments of a function.)
  const oldest = [...rows.values()].reduce((least, { at }) => Math.min(least, at ?? least), Number.MAX_VALUE);
  const coveredFrom = isWhole ? 0 : oldest;
  return { rows: [...rows.values()], unread: sent.filter(isBad), coveredFrom, isJoined, total };
}

/**
 * Brings a list into the mirror. An API without the list is no error: the mirror remembers it. `isWhole`: to its end, though
 * the mirror may have the rows from some page on.
 * @returns how many rows came.
 * @throws ApiError why the list can't be read; the mirror keeps its rows. LeftOutError for the list of an agent that is not mirrored.
 */
export async function readRecords(
  { client, store, clock, agents }: RecordDeps,
  list: RecordList,
  owner: string,
  { isWhole = false, ...options }: GetOptions & { isWhole?: boolean },
): Promise<number> {
  if (isOfAgents(list) && !agents.includes(owner)) throw new LeftOutError(leftOutSentence(agents, owner));
  const id = { list: list.name, owner };
  const beganAt = clock.now();
  const turnOf = (seconds: number) => Math.floor(seconds / wholeSeconds(list));
  const goesOn = isWhole || turnOf(store.records.state(id)?.readAt ?? 0) !== turnOf(beganAt);
  const countKnown: CountKnown = (sent) => {
    if (goesOn && list.shows.how === 'pages') return 0;
    const content = store.content.policy();
    return store.records.countKnown(
      list.name,
      goodRows(sent).map((one) => recordRow(list, one, content)),
    );
  };
  try {
    const fetched = await fetchRecords({ client, agents }, list, owner, countKnown, options);
    store.write(() => {
      const sent = recordsOf(list, fetched, store.content.policy());
      store.records.put(id, sent, { replaces: list.shows.how === 'whole', now: beganAt });
    });
    return fetched.sent.length;
  } catch (error) {
    // Why nothing can be read is no property of the list.
    if (!(error instanceof ApiError) || error.stopsThePass) throw error;
    const { kind, message } = error;
    store.write(() => store.records.fail(id, { kind, message }, beganAt));
    if (kind !== 'not_found') throw error;
    return 0;
  }
}
