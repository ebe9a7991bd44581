import type { Client } from '../api/client.ts';
import {
  type BadRow,
  getRunsPage,
  getSignalsPage,
  isBad,
  type Page,
  type PageRequest,
  type Sent,
} from '../api/pages.ts';
import type { WireRun, WireSignal } from '../api/wire.ts';
import type { RunRow } from '../mirror/runs.ts';
import type { SignalRow, SignalStore } from '../mirror/signals.ts';
import type { Store } from '../mirror/store.ts';
import type { ListName } from '../mirror/sync-state.ts';
import { type Found, findRows, type PutOutcome, type PutStamp, putRows, type Shown } from './list-rows.ts';
import { runRow, signalRow } from './rows.ts';

type KnownSignal = ReturnType<SignalStore['lookup']> extends Map<number, infer Known> ? Known : never;

/** A fetched page of either list, ready to be judged and stored inside a transaction. */
export interface ListPage {
  size: number;
  total: number;
  hasMore: boolean;
  badRows: BadRow[];
  /** The time (Unix seconds) from which on everything is in the mirror once this page is; null: it does not tell. */
  reach: number | null;
  /**
   * Looks an agent's rows up in the mirror, inside the transaction that may store them. Rows from before `keepFrom` (Unix
   * seconds; 0: none) are too old to keep.
   */
  find(store: Store, agent: number, keepFrom: number): FoundPage;
}

export interface FoundPage extends Pick<Found, 'findings' | 'places' | 'unread' | 'isNameless'> {
  /** Stores the rows that are not too old. */
  put(stamp: PutStamp): PutOutcome;
}

/** A row that the page holds twice is stored once: the first is the newer answer. */
export function unique<Row>(rows: Row[], idOf: (row: Row) => unknown): Row[] {
  const seen = new Set<unknown>();
  return rows.filter((row) => !seen.has(idOf(row)) && seen.add(idOf(row)));
}

function shownOf<Wire, Row, Id extends string | number>(
  page: Page<Wire>,
  rowOf: (sent: Sent<Wire>) => Row,
  idOf: (row: Row) => Id,
  isId: (key: unknown) => key is Id,
): Shown<Row, Id>[] {
  return page.rows.map((sent) => {
    if (isBad(sent)) return { id: isId(sent.key) ? sent.key : undefined, unread: sent.shape };
    const row = rowOf(sent);
    return { id: idOf(row), row };
  });
}

/** The rows that could be read, each once. */
const readRows = <Row, Id>(shown: readonly Shown<Row, Id>[]): Row[] =>
  unique(
    shown.filter((one) => one.unread === undefined),
    ({ id }) => id,
  ).map(({ row }) => row);

const isText = (key: unknown) => typeof key === 'string';
const isNumber = (key: unknown) => typeof key === 'number';

function runsListPage(page: Page<WireRun>): ListPage {
  const shown = shownOf(page, runRow, (row) => row.runId, isText);
  const ids = shown.flatMap(({ id }) => id ?? []);
  const ends = readRows(shown)
    .map((row) => row.completedAt ?? row.startedAt)
    .filter((end) => end !== null);
  return {
    size: page.rows.length,
    total: page.total,
    hasMore: page.hasMore,
    badRows: page.rows.filter(isBad),
    // Runs below were analysed earlier, so they ended before the newest end here (give or take a late analysis).
    reach: ends.length === 0 ? null : Math.max(...ends),
    find: (store, agent, keepFrom) => {
      const known = store.runs.lookup(ids);
      // A run without any time is one whose events the API has dropped for their age.
      const isOld = (run: RunRow, stored = known.get(run.runId)?.row) =>
        (run.completedAt ?? stored?.completedAt ?? run.startedAt ?? stored?.startedAt ?? 0) < keepFrom;
      const found = findRows({ store, list: 'runs', agent, shown, known, isOld, numberOf: ({ id }) => id });
      const write = { put: store.runs.put, keep: store.runs.keep };
      return { ...found, put: (stamp) => putRows(store, 'runs', found, stamp, write) };
    },
  };
}

function signalsListPage(page: Page<WireSignal>): ListPage {
  const shown = shownOf(page, signalRow, (row) => row.id, isNumber);
  const rows = readRows(shown);
  const unread = shown.flatMap((one) => (one.unread === undefined ? [] : (one.id ?? [])));
  return {
    size: page.rows.length,
    total: page.total,
    hasMore: page.hasMore,
    badRows: page.rows.filter(isBad),
    reach: rows.length === 0 ? null : Math.min(...rows.map((row) => row.detectedAt)),
    find: (store, agent, keepFrom) => {
      const known = store.signals.lookup(rows, unread);
      const isOld = ({ detectedAt }: SignalRow) => detectedAt < keepFrom;
      const found = findRows({ store, list: 'signals', agent, shown, known, isOld, numberOf: ({ key }) => key });
      return { ...found, places: [], put: (stamp) => putSignals(store, found, stamp) };
    },
  };
}

function putSignals(store: Store, found: Found<SignalRow, KnownSignal>, stamp: PutStamp): PutOutcome {
  const kept = found.rows.flatMap(({ row }) => row ?? []);
  const runs = store.runs.numbers([...new Set(kept.map((row) => row.runId))]);
  const runOf = (row: SignalRow) => runs.get(row.runId) ?? store.runs.ensure(row.runId, stamp.agent);
  return putRows(store, 'signals', found, stamp, {
    put: (row, stored, stamped) => store.signals.put(row, stored, runOf(row), stamped),
    keep: store.signals.keep,
  });
}

/** Fetches one page of an agent's list. */
export async function fetchListPage(
  client: Client,
  list: ListName,
  agentId: string,
  request: PageRequest,
): Promise<ListPage> {
  return list === 'runs'
    ? runsListPage(await getRunsPage(client, agentId, request))
    : signalsListPage(await getSignalsPage(client, agentId, request));
}
