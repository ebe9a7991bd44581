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
import type { SignalRow } from '../mirror/signals.ts';
import type { Stored } from '../mirror/stamps.ts';
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
  /** Looks the rows up in the mirror, inside the transaction that may store them. */
  find(store: Store): FoundPage;
}

export interface FoundPage {
  /** What each row is to the mirror, in the list's order. */
  findings: Finding[];
  /** Stores the rows. Rows that are there already keep the pass that brought them where `keepsPass` says so. */
  put(stamp: { agent: number; pass: number; keepsPass: (pass: number) => boolean }): PutOutcome;
}

export interface PutOutcome {
  /** Rows that are new to the list in the mirror, or back in it. */
  added: number;
  /** The agents (by number) whose rows were replaced by others of the same id. */
  replacedOf: Set<number>;
}

type Known = Stored<{ agent: number; pass: number | null; goneAt: number | null }>;

const isLive = ({ row }: Known): boolean => row.pass !== null && row.goneAt === null;

function findingOf(known: Known | undefined): Finding {
  return known?.isSame && known.row.goneAt === null ? { pass: known.row.pass } : 'new';
}

/** The part of storing that is the same for every list: which pass a row is stamped with, and what is counted. */
function putRows<Row, Entry extends Known>(
  store: Store,
  list: ListName,
  rows: readonly Row[],
  { agent, pass, keepsPass }: Parameters<FoundPage['put']>[0],
  lookup: (row: Row) => Entry | undefined,
  put: (row: Row, known: Entry | undefined, stamp: { agent: number; pass: number }) => void,
): PutOutcome {
  const outcome: PutOutcome = { added: 0, replacedOf: new Set() };
  for (const row of rows) {
    const known = lookup(row);
    const kept = known?.isSame && isLive(known) ? known.row.pass : null;
    put(row, known, { agent, pass: kept !== null && keepsPass(kept) ? kept : pass });
    const wasLive = known !== undefined && isLive(known);
    if (wasLive && known.row.agent !== agent) store.syncState.addRows(known.row.agent, list, -1);
    if (!wasLive || known.row.agent !== agent) outcome.added += 1;
    if (known && !known.isSame) outcome.replacedOf.add(known.row.agent);
  }
  return outcome;
}

/** A row that the page holds twice is stored once: the first is the newer answer. */
function unique<Row>(rows: Row[], idOf: (row: Row) => unknown): Row[] {
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
    find: (store) => {
      const known = store.runs.lookup(ids);
      return {
        findings: page.rows.map((sent) => (isBad(sent) ? 'bad' : findingOf(known.get(sent.row.run_id)))),
        put: (stamp) => putRows(store, 'runs', rows, stamp, (row) => known.get(row.runId), store.runs.put),
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
    find: (store) => {
      const known = store.signals.lookup(rows);
      return {
        findings: page.rows.map((sent) => (isBad(sent) ? 'bad' : findingOf(known.get(sent.row.id)))),
        put: (stamp) => {
          const runs = store.runs.lookup([...new Set(rows.map((row) => row.runId))]);
          const runOf = (row: SignalRow) => runs.get(row.runId)?.row.id ?? store.runs.ensure(row.runId, stamp.agent);
          return putRows(
            store,
            'signals',
            rows,
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
