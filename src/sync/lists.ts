import type { Client } from '../api/client.ts';
import {
  type BadRow,
  getRunsPage,
  getSignalsPage,
  goodRows,
  isBad,
  type Page,
  type PageRequest,
} from '../api/pages.ts';
import type { WireRun, WireSignal } from '../api/wire.ts';
import type { RunRow } from '../mirror/runs.ts';
import type { SignalRow } from '../mirror/signals.ts';
import type { Stamp, Stored } from '../mirror/stamps.ts';
import type { Store } from '../mirror/store.ts';
import type { ListName } from '../mirror/sync-state.ts';
import type { Finding } from './plan.ts';
import { runRow, signalRow } from './rows.ts';

/** A fetched page of either list, ready to be judged and stored inside a transaction. */
export interface ListPage {
  size: number;
  total: number;
  hasMore: boolean;
  badRows: BadRow[];
  /** The time (Unix seconds) from which on everything is in the mirror once this page is; null: it does not tell. */
  reach: number | null;
  /**
   * Looks the rows up in the mirror, inside the transaction that may store them. Rows from before `keepFrom` (Unix
   * seconds; 0: none) are too old to keep.
   */
  find(store: Store, keepFrom: number): FoundPage;
}

export interface FoundPage {
  /** What each row is to the mirror, in the list's order. */
  findings: Finding[];
  /** The place of each row that is in the mirror, in the list's order; null: not there, or not known. */
  places: (number | null)[];
  /** Stores the rows that are not too old. */
  put(stamp: PutStamp): PutOutcome;
}

export interface PutStamp {
  agent: number;
  pass: number;
  /** Whether a row that is there already keeps its place and the pass that brought it, by that pass. */
  keepsPass: (pass: number) => boolean;
  /** The place of the page's first row; each further one is below. Null: their order is not known. */
  place: number | null;
}

export interface PutOutcome {
  /** Rows that are new to the list in the mirror, or back in it. */
  added: number;
  /** The agents (by number) whose rows were replaced by others of the same id. */
  replacedOf: Set<number>;
  /** The place of the row below this page. */
  nextPlace: number | null;
}

type Known = Stored<{ agent: number; pass: number | null; goneAt: number | null; place?: number | null }>;

const isLive = ({ row }: Known): boolean => row.pass !== null && row.goneAt === null;

function findingOf(known: Known | undefined, isOld: boolean): Finding {
  if (isOld) return 'old';
  return known?.isSame && known.row.goneAt === null ? { pass: known.row.pass } : 'new';
}

/** The part of storing that is the same for every list: which pass a row is stamped with, and what is counted. */
function putRows<Row, Entry extends Known>(
  store: Store,
  list: ListName,
  rows: readonly Row[],
  { agent, pass, keepsPass, place }: PutStamp,
  lookup: (row: Row) => Entry | undefined,
  put: (row: Row, known: Entry | undefined, stamp: Stamp) => void,
): PutOutcome {
  const outcome = { added: 0, replacedOf: new Set<number>() };
  let next = place;
  for (const row of rows) {
    const known = lookup(row);
    const kept = known?.isSame && isLive(known) ? known.row.pass : null;
    if (kept !== null && keepsPass(kept)) {
      put(row, known, { agent, pass: kept, place: known?.row.place ?? null });
      // There is no place left for what may be new below a row that keeps its own.
      next = null;
    } else {
      put(row, known, { agent, pass, place: next ?? (kept === pass ? (known?.row.place ?? null) : null) });
      if (next !== null) next -= 1;
    }
    const wasLive = known !== undefined && isLive(known);
    if (wasLive && known.row.agent !== agent) store.syncState.addRows(known.row.agent, list, -1);
    if (!wasLive || known.row.agent !== agent) outcome.added += 1;
    if (known && !known.isSame) outcome.replacedOf.add(known.row.agent);
  }
  return { ...outcome, nextPlace: next };
}

/** A row that the page holds twice is stored once: the first is the newer answer. */
export function unique<Row>(rows: Row[], idOf: (row: Row) => unknown): Row[] {
  const seen = new Set<unknown>();
  return rows.filter((row) => !seen.has(idOf(row)) && seen.add(idOf(row)));
}

function runsListPage(page: Page<WireRun>): ListPage {
  const rows = unique(goodRows(page.rows).map(runRow), (row) => row.runId);
  const ids = rows.map((row) => row.runId);
  const ends = rows.map((row) => row.completedAt ?? row.startedAt).filter((end) => end !== null);
  return {
    size: page.rows.length,
    total: page.total,
    hasMore: page.hasMore,
    badRows: page.rows.filter(isBad),
    // Runs below were analysed earlier, so they ended before the newest end here (give or take a late analysis).
    reach: ends.length === 0 ? null : Math.max(...ends),
    find: (store, keepFrom) => {
      const known = store.runs.lookup(ids);
      // A run without any time is one whose events the API has dropped for their age.
      const isOld = (run: RunRow, stored = known.get(run.runId)?.row) =>
        (run.completedAt ?? stored?.completedAt ?? run.startedAt ?? stored?.startedAt ?? 0) < keepFrom;
      const old = new Set(rows.filter((row) => isOld(row)).map(({ runId }) => runId));
      const inList = page.rows.map((sent) => (isBad(sent) ? undefined : sent.row.run_id));
      return {
        findings: inList.map((id) => (id === undefined ? 'bad' : findingOf(known.get(id), old.has(id)))),
        places: inList.map((id) => (id === undefined ? null : (known.get(id)?.row.place ?? null))),
        put: (stamp) => {
          const kept = rows.filter(({ runId }) => !old.has(runId));
          return putRows(store, 'runs', kept, stamp, (row) => known.get(row.runId), store.runs.put);
        },
      };
    },
  };
}

function signalsListPage(page: Page<WireSignal>): ListPage {
  const rows = unique(goodRows(page.rows).map(signalRow), (row) => row.id);
  return {
    size: page.rows.length,
    total: page.total,
    hasMore: page.hasMore,
    badRows: page.rows.filter(isBad),
    reach: rows.length === 0 ? null : Math.min(...rows.map((row) => row.detectedAt)),
    find: (store, keepFrom) => {
      const known = store.signals.lookup(rows);
      return {
        findings: page.rows.map((sent) =>
          isBad(sent) ? 'bad' : findingOf(known.get(sent.row.id), sent.row.detected_at < keepFrom),
        ),
        places: [],
        put: (stamp) => {
          const kept = rows.filter(({ detectedAt }) => detectedAt >= keepFrom);
          const runs = store.runs.numbers([...new Set(kept.map((row) => row.runId))]);
          store.signals.expect([...runs.values()]);
          const runOf = (row: SignalRow) => runs.get(row.runId) ?? store.runs.ensure(row.runId, stamp.agent);
          return putRows(
            store,
            'signals',
            kept,
            stamp,
            (row) => known.get(row.id),
            (row, stored, stamped) => store.signals.put(row, stored, runOf(row), stamped),
          );
        },
      };
    },
  };
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
