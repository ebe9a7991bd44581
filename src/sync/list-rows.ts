import type { ListName } from '../lists/names.ts';
import type { Stamp, Stored } from '../mirror/stamps.ts';
import type { Store } from '../mirror/store.ts';
import type { Finding } from './plan.ts';
import { rowsLost } from './transitions.ts';

/** Finds a page's rows in the mirror and stores them there: the same for every list. */

/** A row as its list shows it. */
export type Shown<Row, Id> =
  | { id: Id; row: Row; unread?: undefined }
  /** An unreadable row: what is wrong with it, and its id if that was readable. */
  | { id: Id | undefined; row?: undefined; unread: string };

export interface PutStamp {
  agent: number;
  pass: number;
  /** Whether an existing row keeps its place and the pass that brought it, by that pass. */
  keepsPass: (pass: number) => boolean;
  /** The walk goes over the whole list. */
  isWhole: boolean;
  /** The place of the page's first row; each further row is below. Null: their order is unknown. */
  place: number | null;
}

export interface PutOutcome {
  /** Rows that are new to the list in the mirror, or back in it. */
  added: number;
  /** Rows that another row of the same id replaced. */
  changed: number;
  /** The place of the row below this page. */
  nextPlace: number | null;
}

export type Known = Stored<{ agent: number; pass: number | null; goneAt: number | null; place?: number | null }>;

/**
 * A row of the page with what the mirror has under its id; without `row`: it is unreadable, and the mirror keeps what
 * it has.
 */
interface FoundRow<Row, Entry extends Known> {
  row?: Row | undefined;
  known: Entry | undefined;
  /** It stands above rows that stood above it before. */
  isUp: boolean;
  hasChanged: boolean;
}

export interface Found<Row = unknown, Entry extends Known = Known> {
  /** The finding for each row, in the list's order. */
  findings: Finding[];
  /** The place of each row in the mirror, in the list's order; null: not in the mirror, or unknown. */
  places: (number | null)[];
  /** What is wrong with the rows that count as unread. */
  unread: string[];
  /** One of them has no known id, so it may be any row. */
  isNameless: boolean;
  /** What to store, each row once. */
  rows: FoundRow<Row, Entry>[];
  /** Numbers of rows that the mirror has, and keeps, as another agent's. */
  shared: number[];
  numberOf: (row: Entry['row']) => number;
}

interface Asked<Row, Id, Entry extends Known> {
  store: Store;
  list: NamedList;
  agent: number;
  shown: readonly Shown<Row, Id>[];
  known: ReadonlyMap<Id, Entry>;
  isOld: (row: Row) => boolean;
  hasChanged: (row: Row, known: Entry, isUp: boolean) => boolean;
  /** The number of a row in the mirror. */
  numberOf: (row: Entry['row']) => number;
}

const isLive = ({ row }: Known): boolean => row.pass !== null && row.goneAt === null;
const isOthers = (known: Known, agent: number): boolean => isLive(known) && known.row.agent !== agent;

/** A list, and the message for a row of it whose id belongs to another agent. */
interface NamedList {
  name: ListName;
  sharedShape: string;
}

/** For each row from the top down, by the place that it had: whether a row below it stood above it. */
export function goneUp(places: readonly (number | null)[]): boolean[] {
  let highest = Number.NEGATIVE_INFINITY;
  const isUp = places.toReversed().map((place) => {
    const isAbove = place !== null && place < highest;
    highest = Math.max(highest, place ?? highest);
    return isAbove;
  });
  return isUp.reverse();
}

/** Looks the rows of a page up. */
export function findRows<Row, Id, Entry extends Known>(asked: Asked<Row, Id, Entry>): Found<Row, Entry> {
  const { store, list, agent, shown, known, isOld, numberOf } = asked;
  const entries = shown.map(({ id }) => (id === undefined ? undefined : known.get(id)));
  const placeOf = (entry: Entry | undefined) => (entry?.row.agent === agent ? entry.row.place : null) ?? null;
  const up = goneUp(entries.map((entry) => (entry && isLive(entry) ? placeOf(entry) : null)));
  const found: Found<Row, Entry> = {
    findings: [],
    places: entries.map(placeOf),
    unread: [],
    isNameless: shown.some(({ id }) => id === undefined),
    rows: [],
    shared: [],
    numberOf,
  };
  const seen = new Set<Id>();
  const readable = new Set(shown.map((one) => (one.unread === undefined ? one.id : undefined)));

  /** Whether the row stays with the other agent: if that agent's list has lost it, ours shows it again. */
  function isShared(entry: Entry | undefined): boolean {
    if (!entry || !isOthers(entry, agent)) return false;
    const has = store.sharedIds.has({ list: list.name, agent, key: numberOf(entry.row) });
    return has || store.sharedIds.isCommon(list.name, [agent, entry.row.agent]);
  }

  function find({ id, row, unread }: Shown<Row, Id>, index: number): Finding {
    const entry = entries[index];
    const isUp = up[index] === true;
    const isFirst = id !== undefined && !seen.has(id) && readable.has(id) === (unread === undefined);
    if (isFirst) seen.add(id);
    const isOwn = entry !== undefined && entry.row.agent === agent;
    if (unread !== undefined) {
      found.unread.push(unread);
      if (!isOwn || !isLive(entry) || readable.has(id)) return 'bad';
      if (isFirst) found.rows.push({ known: entry, isUp, hasChanged: false });
      return { pass: entry.row.pass, isUnread: true };
    }
    if (isOld(row)) return 'old';
    if (entry && isShared(entry)) {
      found.unread.push(list.sharedShape);
      if (isFirst) found.shared.push(numberOf(entry.row));
      return 'bad';
    }
    const isHere = isOwn && entry.isSame && entry.row.goneAt === null;
    const hasChanged = isHere && asked.hasChanged(row, entry, isUp);
    if (isFirst) found.rows.push({ row, known: entry, isUp, hasChanged });
    return isHere ? { pass: entry.row.pass, hasMoved: isUp || hasChanged } : 'new';
  }

  found.findings = shown.map(find);
  return found;
}

/** Stores what `findRows` found, in the same transaction: stamps each row with its pass, and counts. */
export function putRows<Row, Entry extends Known>(
  store: Store,
  { name: list, sharedShape }: NamedList,
  { rows, shared, numberOf }: Pick<Found<Row, Entry>, 'rows' | 'shared' | 'numberOf'>,
  { agent, pass, keepsPass, isWhole, place }: PutStamp,
  write: {
    put: (row: Row, known: Entry | undefined, stamp: Stamp) => void;
    keep: (known: Entry['row'], stamp: Stamp) => void;
  },
): PutOutcome {
  const outcome = { added: 0, changed: 0 };
  const lost = new Map<number, number[]>();
  let next = place;
  for (const { row, known, isUp, hasChanged } of rows) {
    const isHeld = known !== undefined && isLive(known) && known.row.agent === agent;
    const kept = isHeld && (known.isSame || row === undefined) ? known.row.pass : null;
    const old = known?.row.place ?? null;
    const isPlaced = kept !== null && keepsPass(kept);
    const keeps = isPlaced && !isUp && !(hasChanged && next !== null);
    // A row that went up and shows no change may have turned around with one of the same time, or have other events now. A
    // walk of the whole list, which may ask once too often, tells it by the place that it has lost.
    const isLost = isPlaced ? isUp && !hasChanged : kept === pass && old === null;
    const isDoubted = isWhole && kept !== null && kept < pass && (isUp || old === null);
    const newPlace = isLost ? null : (next ?? (kept === pass ? old : null));
    const stamp = {
      agent,
      pass: keeps ? kept : pass,
      place: keeps ? old : newPlace,
      isDue: hasChanged || isDoubted,
    };
    // A row that keeps its place leaves no place for new rows below it.
    if (keeps) next = null;
    else if (next !== null && !isLost) next -= 1;
    if (row !== undefined) write.put(row, known, stamp);
    else if (known && !keeps) write.keep(known.row, stamp);
    if (!isHeld) outcome.added += 1;
    if (known && row !== undefined && !known.isSame) outcome.changed += 1;
    if (known && !isHeld) forget(known);
  }
  for (const key of shared) store.sharedIds.add({ list, agent, key }, true);
  for (const [owner, keys] of lost) {
    const lost = { count: keys.length, shape: sharedShape };
    store.syncState.save(rowsLost(store.syncState.read(owner, list), store.syncState.nextPass(), lost));
    for (const key of keys) store.sharedIds.add({ list, agent: owner, key }, false);
  }
  return { ...outcome, nextPlace: next };

  /** The row was another list's: that list has lost it, and this one no longer lacks it. */
  function forget({ row }: Entry): void {
    const key = numberOf(row);
    store.sharedIds.remove({ list, agent, key });
    if (row.pass === null || row.goneAt !== null || row.agent === agent) return;
    lost.set(row.agent, [...(lost.get(row.agent) ?? []), key]);
  }
}
