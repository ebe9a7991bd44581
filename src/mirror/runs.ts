import { eq, sql } from 'drizzle-orm';
import type { Mirror } from '../db/open.ts';
import { runs } from '../db/schema.ts';
import type { DetailFacts } from '../lists/run-detail.ts';
import { mergeRun, type RunFacts, type RunRow } from '../lists/runs.ts';
import type { Changes } from './changes.ts';
import type { Dictionary } from './dictionary.ts';
import type { ListStore } from './list-store.ts';
import { writerOf } from './row-writer.ts';
import { createRunRemoval, markRun } from './runs-removal.ts';
import { bit, changeOf, inJsonArray, type Stamp, type Stored } from './stamps.ts';

export type StoredRun = typeof runs.$inferSelect;

type Merged = RunFacts & Pick<StoredRun, 'exitReason' | 'eventsExpired'>;

/**
 * Whether the list shows more of the run than its detail did, which was fetched before the run had ended; or, of a listed run,
 * what a new analysis made of it. What the API dropped for its age is no change, nor is a number that a newer backend adds.
 * Source: docs/customer-api.md, 'How rows come to be and go'.
 */
function hasGoneOn(known: StoredRun, listed: Merged): boolean {
  if (known.pass === null)
    return listed.completedAt !== known.completedAt || (listed.stepCount ?? 0) > (known.stepCount ?? 0);
  if (listed.eventsExpired) return false;
  return (
    listed.startedAt !== known.startedAt ||
    listed.completedAt !== known.completedAt ||
    listed.stepCount !== known.stepCount ||
    (listed.exitReason ?? known.exitReason) !== known.exitReason ||
    (known.totalTokens !== null && listed.totalTokens !== known.totalTokens)
  );
}

/** Whether the mirror has a run as its list shows it; its names aside, which never change without the rest. */
export function isSameRun(row: RunRow, known: StoredRun): boolean {
  const next = { ...mergeRun(known, row), hasSignals: bit(row.hasSignals) };
  return shownFields.every((field) => next[field] === known[field]);
}

const shownFields = [
  'startedAt',
  'completedAt',
  'stepCount',
  'signalCount',
  'hasSignals',
  'totalTokens',
  'costUsd',
  'extra',
  'eventsExpired',
] as const;

export interface RunStore extends ListStore {
  /** What the mirror holds of these runs, by run id. */
  lookup(runIds: readonly string[]): Map<string, Stored<StoredRun>>;
  /** Stores a row that a list brought. */
  put(row: RunRow, known: Stored<StoredRun> | undefined, stamp: Stamp): void;
  /**
   * Whether a row that a list brought shows that the run went on since it was stored. `isUp`: it went up in its list, as runs
   * do that are analysed again, so more signals are a sign as well.
   */
  hasChanged(row: RunRow, known: StoredRun, isUp: boolean): boolean;
  /** Keeps a row as it is that a list showed and that could not be read. */
  keep(known: Pick<StoredRun, 'id'>, stamp: Pick<Stamp, 'pass' | 'place'>): void;
  /** The run's number; a run that no list has shown yet gets one. */
  ensure(runId: string, agent: number): number;
  /** Fills in what a run's detail tells and the list has not told; `stepCount` is the highest step index. */
  putDetail(row: RunRow, agent: number, now: number, facts?: DetailFacts): number;
}

/** What no row of a list or detail brings. */
const noFacts: DetailFacts = { conversationId: null, detailExtra: null };
const bare = { detailAt: null, goneAt: null, input: null, isUndercounted: false, ...noFacts };

/** A row as the table has it: with numbers for names. */
function codedRun(dictionary: Dictionary, row: RunRow) {
  return {
    runId: row.runId,
    version: dictionary.nameOrNull(row.agentVersion),
    startedAt: row.startedAt,
    completedAt: row.completedAt,
    exitReason: dictionary.nameOrNull(row.exitReason),
    stepCount: row.stepCount,
    signalCount: row.signalCount,
    hasSignals: bit(row.hasSignals),
    totalTokens: row.totalTokens,
    costUsd: row.costUsd,
    extra: row.extra,
  };
}

export function createRunStore({ db, sqlite }: Mirror, dictionary: Dictionary, changes: Changes): RunStore {
  const lookupRows = db.select().from(runs).where(inJsonArray(runs.runId, 'ids')).prepare();
  const findNumber = sqlite.prepare<[string], number>('select id from runs where run_id = ?').pluck();
  const find = db
    .select()
    .from(runs)
    .where(eq(runs.runId, sql.placeholder('runId')))
    .prepare();
  const addBare = sqlite.prepare<[string, number]>('insert into runs (run_id, agent) values (?, ?)');
  const writer = writerOf<StoredRun, 'id'>(sqlite, runs, 'id');

  function insert(row: Omit<StoredRun, 'id'>): number {
    const id = writer.insert(row);
    changes.run(id);
    return id;
  }

  function ensure(runId: string, agent: number): number {
    const known = findNumber.get(runId);
    if (known !== undefined) return known;
    return Number(addBare.run(runId, agent).lastInsertRowid);
  }

  const restamp = db
    .update(runs)
    .set({ pass: sql`${sql.placeholder('pass')}`, place: sql`${sql.placeholder('place')}` })
    .where(eq(runs.id, sql.placeholder('id')))
    .prepare();

  function put(row: RunRow, known: Stored<StoredRun> | undefined, { agent, pass, place = null, isDue }: Stamp): void {
    const merged = mergeRun(known?.row, codedRun(dictionary, row));
    if (!known) {
      insert({ ...bare, ...merged, agent, pass, place });
      return;
    }
    const version = merged.version ?? known.row.version;
    const exitReason = merged.exitReason ?? known.row.exitReason;
    const detailAt = isDue || hasGoneOn(known.row, merged) ? null : known.row.detailAt;
    const stamp = { agent, pass, place, goneAt: null };
    const next: StoredRun = { ...known.row, ...merged, version, exitReason, detailAt, ...stamp };
    const change = changeOf(next, known.row);
    if (change === 'row' || known.row.pass === null) markRun(changes, known.row);
    if (change === 'row') writer.update(next);
    else if (change === 'stamp') restamp.run({ id: known.row.id, pass, place });
  }

  function putDetail(row: RunRow, agent: number, now: number, facts = noFacts): number {
    const known = find.get({ runId: row.runId });
    const detail = mergeRun(known, codedRun(dictionary, row));
    if (!known) return insert({ ...bare, ...detail, ...facts, agent, detailAt: now, pass: null, place: null });
    markRun(changes, known);
    const listed = known.pass !== null;
    const filled = {
      startedAt: known.startedAt ?? detail.startedAt,
      completedAt: known.completedAt ?? detail.completedAt,
      exitReason: known.exitReason ?? detail.exitReason,
      version: known.version ?? detail.version,
      totalTokens: known.totalTokens ?? detail.totalTokens,
      costUsd: known.costUsd ?? detail.costUsd,
      eventsExpired: detail.eventsExpired,
    };
    writer.update({ ...known, ...facts, ...(listed ? filled : { ...detail, agent }), detailAt: now });
    return known.id;
  }

  return {
    lookup: (ids) =>
      new Map(lookupRows.all({ ids: JSON.stringify(ids) }).map((row) => [row.runId, { row, isSame: true }])),
    put,
    hasChanged: (row, known, isUp) => {
      const merged = mergeRun(known, codedRun(dictionary, row));
      return hasGoneOn(known, merged) || (isUp && (row.signalCount ?? 0) > (known.signalCount ?? 0));
    },
    keep: ({ id }, { pass, place = null }) => {
      restamp.run({ id, pass, place });
    },
    ensure,
    putDetail,
    ...createRunRemoval({ db }, changes),
  };
}
