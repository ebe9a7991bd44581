import type { Client } from '../api/client.ts';
import type { Page, PageRequest } from '../api/pages.ts';
import { type BadRow, goodRows, isBad, type Sent } from '../api/rows.ts';
import type { Content } from '../lists/content.ts';
import { getFleetPage, getListPage, type MovingList } from '../lists/descriptor.ts';
import type { ListName } from '../lists/names.ts';
import { runsList } from '../lists/runs.ts';
import { signalsList } from '../lists/signals.ts';
import { isSameRun } from '../mirror/runs.ts';
import { isSameSignal } from '../mirror/signals.ts';
import type { Stamp } from '../mirror/stamps.ts';
import type { Store } from '../mirror/store.ts';
import { type Found, findRows, type Known, type PutOutcome, type PutStamp, putRows, type Shown } from './list-rows.ts';

/** A fetched page of a list, ready to be judged and stored inside a transaction. */
export interface ListPage {
  size: number;
  total: number;
  hasMore: boolean;
  badRows: BadRow[];
  /**
   * Once this page is stored, the mirror has everything from this time (Unix seconds) on; null: the page does not tell.
   */
  reach: number | null;
  /**
   * Looks an agent's rows up in the mirror, inside the transaction that may store them. Rows from before `keepFrom`
   * (Unix seconds; 0: none) are too old to keep.
   */
  find(store: Store, agent: number, keepFrom: number): FoundPage;
}

export interface FoundPage extends Pick<Found, 'findings' | 'places' | 'unread' | 'isNameless'> {
  /** Whether the mirror has each row as the page shows it, in the list's order; a light page shows less. */
  isSame: readonly boolean[];
  /** Rows of the mirror that have become others under their ids. */
  replaced: number;
  /** Stores the rows that are not too old. */
  put(stamp: PutStamp): PutOutcome;
}

/** A page of the list of all agents. */
export interface FleetPage {
  total: number;
  hasMore: boolean;
  /** Its rows lack what is long. */
  isLight: boolean;
  /** The part of each agent. */
  parts: ReadonlyMap<string, ListPage>;
  /** Whose each row is, in the list's order; null: it can't be read. */
  owners: readonly (string | null)[];
}

/** A list of an agent, as a pass reads and stores it. */
export interface SyncedList {
  readonly name: ListName;
  /** How many of its rows a pruning transaction removes, as a share of the usual. */
  readonly pruneShare: number;
  /** Fetches one page of it. */
  fetch(client: Client, agentId: string, request: PageRequest): Promise<ListPage>;
  /** Fetches a page of the same list of all agents; a light one if there is such a thing. */
  fetchFleet(client: Client, request: PageRequest & { isLight: boolean }): Promise<FleetPage>;
}

/** How the rows of a list are stored. */
interface Storage<Row, Id, Entry extends Known> {
  /** What the mirror holds under the ids of these rows, and of some unreadable ones. */
  lookup(store: Store, rows: readonly Row[], unread: readonly Id[]): ReadonlyMap<Id, Entry>;
  put(store: Store, row: Row, known: Entry | undefined, stamp: Stamp): void;
  keep(store: Store, known: Entry['row'], stamp: Stamp): void;
  /** Whether the row shows that the thing has changed since it was stored; `isUp`: it went up in its list. */
  hasChanged(store: Store, row: Row, known: Entry['row'], isUp: boolean): boolean;
  numberOf(row: Entry['row']): number;
  /** Whether the mirror has the row as it is, as far as a light page shows it. */
  isSame(row: Row, known: Entry['row']): boolean;
}

/** Stores a row that the page holds twice only once: the first is the newer answer. */
export function unique<Row>(rows: Row[], idOf: (row: Row) => unknown): Row[] {
  const seen = new Set<unknown>();
  return rows.filter((row) => !seen.has(idOf(row)) && seen.add(idOf(row)));
}

/** Combines a descriptor with the functions that store its rows. */
function synced<
  Wire extends { agent_id: string },
  Row,
  Id extends string | number,
  Kept,
  Entry extends Known & { row: Kept },
>(list: MovingList<Wire, Row, Id, Kept>, storage: Storage<Row, Id, Entry>): SyncedList {
  function pageOf(page: Page<Wire>): ListPage {
    const shownAs = (sent: Sent<Wire> | BadRow, content: Content): Shown<Row, Id> => {
      if (isBad(sent)) return { id: list.isId(sent.key) ? sent.key : undefined, unread: sent.shape };
      const row = list.rowOf(sent, content);
      return { id: list.idOf(row), row };
    };
    return {
      size: page.rows.length,
      total: page.total,
      hasMore: page.hasMore,
      badRows: page.rows.filter(isBad),
      reach: list.reachOf(goodRows(page.rows).map(({ row }) => row)),
      find: (store, agent, keepFrom) => {
        // By what the file says in this transaction: another process may have changed it since the page was asked for.
        const content = store.content.policy();
        const shown = page.rows.map((sent) => shownAs(sent, content));
        const readable = shown.filter((one) => one.unread === undefined);
        const rows = unique(readable, ({ id }) => id).map(({ row }) => row);
        const unread = shown.flatMap((one) => (one.unread === undefined ? [] : (one.id ?? [])));
        const known = storage.lookup(store, rows, unread);
        const isOld = (row: Row) => list.isOld(row, known.get(list.idOf(row))?.row, keepFrom);
        const { numberOf } = storage;
        const hasChanged = (row: Row, entry: Entry, isUp: boolean) => storage.hasChanged(store, row, entry.row, isUp);
        const found = findRows({ store, list, agent, shown, known, isOld, hasChanged, numberOf });
        const write = {
          put: (row: Row, entry: Entry | undefined, stamp: Stamp) => storage.put(store, row, entry, stamp),
          keep: (row: Entry['row'], stamp: Stamp) => storage.keep(store, row, stamp),
        };
        const compared = shown.flatMap(({ id, row }) => {
          const entry = id === undefined ? undefined : known.get(id);
          return { isReplaced: row !== undefined && entry?.isSame === false, isSame: isSame(row, entry) };
        });
        return {
          ...found,
          isSame: compared.map((one) => one.isSame),
          replaced: compared.filter((one) => one.isReplaced).length,
          put: (stamp) => putRows(store, list, found, stamp, write),
        };
      },
    };
  }
  function fleetPageOf(page: Page<Wire>): Omit<FleetPage, 'isLight'> {
    const ownerOf = (sent: Page<Wire>['rows'][number]) => (isBad(sent) ? null : sent.row.agent_id);
    const owners = page.rows.map(ownerOf);
    const parts = [...new Set(owners)].flatMap((owner) =>
      owner === null
        ? []
        : [[owner, pageOf({ ...page, rows: page.rows.filter((sent) => ownerOf(sent) === owner) })] as const],
    );
    return { total: page.total, hasMore: page.hasMore, parts: new Map(parts), owners };
  }

  const isSame = (row: Row | undefined, entry: Entry | undefined) =>
    row !== undefined && entry !== undefined && storage.isSame(row, entry.row);

  const hasLight = Object.keys(list.fleet.light).length > 0;

  return {
    name: list.name,
    pruneShare: list.pruneShare,
    fetch: async (client, agentId, request) => pageOf(await getListPage(client, list, agentId, request)),
    fetchFleet: async (client, request) => {
      const isLight = request.isLight && hasLight;
      return { ...fleetPageOf(await getFleetPage(client, list, { ...request, isLight })), isLight };
    },
  };
}

/** Runs first: signals name them. */
export const syncedLists: readonly SyncedList[] = [
  synced(runsList, {
    lookup: ({ runs }, rows, unread) => runs.lookup([...rows.map(({ runId }) => runId), ...unread]),
    put: ({ runs }, row, known, stamp) => runs.put(row, known, stamp),
    keep: ({ runs }, row, stamp) => runs.keep(row, stamp),
    hasChanged: ({ runs }, row, known, isUp) => runs.hasChanged(row, known, isUp),
    numberOf: ({ id }) => id,
    isSame: isSameRun,
  }),
  synced(signalsList, {
    lookup: ({ signals }, rows, unread) => signals.lookup(rows, unread),
    put: ({ signals }, row, known, stamp) => signals.put(row, known, stamp),
    keep: ({ signals }, row, stamp) => signals.keep(row, stamp),
    hasChanged: ({ signals }, row, known) => signals.hasChanged(row, known),
    numberOf: ({ key }) => key,
    isSame: isSameSignal,
  }),
];
