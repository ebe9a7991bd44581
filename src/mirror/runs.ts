import { and, eq, gt, inArray, isNotNull, isNull, lt, or, type SQL, sql } from 'drizzle-orm';
import type { Mirror } from '../db/open.ts';
import { runEvents, runSums, runs, signals } from '../db/schema.ts';
import { mergeRun, type RunFacts, type RunRow, timeOfRun } from '../lists/runs.ts';
import type { Changes } from './changes.ts';
import type { Dictionary } from './dictionary.ts';
import type { ListStore } from './list-store.ts';
import { writerOf } from './row-writer.ts';
import { bit, changeOf, countRemoved, inJsonArray, liveRows, type Stamp, type Stored } from './stamps.ts';

type StoredRun = typeof runs.$inferSelect;

/** Whether the list tells of more than the detail did, which then was fetched before the run had ended. */
function isOutgrown(known: StoredRun, listed: RunFacts): boolean {
  if (known.pass !== null || known.detailAt === null) return false;
  return listed.completedAt !== known.completedAt || (listed.stepCount ?? 0) > (known.stepCount ?? 0);
}

export interface RunStore extends ListStore {
  /** What the mirror holds of these runs, by run id. */
  lookup(runIds: readonly string[]): Map<string, Stored<StoredRun>>;
  /** Stores a row that a list brought. */
  put(row: RunRow, known: Stored<StoredRun> | undefined, stamp: Stamp): void;
  /** Keeps a row as it is that a list showed and that could not be read. */
  keep(known: Pick<StoredRun, 'id'>, stamp: Pick<Stamp, 'pass' | 'place'>): void;
  /** The run's number; a run that no list has shown yet gets one. */
  ensure(runId: string, agent: number): number;
  /** Fills in what a run's detail tells and the list has not told; `stepCount` is the highest step index. */
  putDetail(row: RunRow, agent: number, now: number): number;
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

  /** The run is about to change: it may have counted elsewhere. */
  function markChange(known: StoredRun): void {
    changes.runAt(known.agent, timeOfRun(known));
    changes.run(known.id);
  }

  const restamp = db
    .update(runs)
    .set({ pass: sql`${sql.placeholder('pass')}`, place: sql`${sql.placeholder('place')}` })
    .where(eq(runs.id, sql.placeholder('id')))
    .prepare();

  function coded(row: RunRow) {
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

  function put(row: RunRow, known: Stored<StoredRun> | undefined, { agent, pass, place = null }: Stamp): void {
    const merged = mergeRun(known?.row, coded(row));
    if (!known) {
      insert({ ...merged, agent, pass, place, detailAt: null, goneAt: null, input: null });
      return;
    }
    const version = merged.version ?? known.row.version;
    const exitReason = merged.exitReason ?? known.row.exitReason;
    const detailAt = isOutgrown(known.row, merged) ? null : known.row.detailAt;
    const stamp = { agent, pass, place, goneAt: null };
    const next: StoredRun = { ...known.row, ...merged, version, exitReason, detailAt, ...stamp };
    const change = changeOf(next, known.row);
    if (change === 'row' || known.row.pass === null) markChange(known.row);
    if (change === 'row') writer.update(next);
    else if (change === 'stamp') restamp.run({ id: known.row.id, pass, place });
  }

  function putDetail(row: RunRow, agent: number, now: number): number {
    const known = find.get({ runId: row.runId });
    const detail = mergeRun(known, coded(row));
    if (!known) return insert({ ...detail, agent, detailAt: now, goneAt: null, pass: null, place: null, input: null });
    markChange(known);
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
    writer.update({ ...known, ...(listed ? filled : { ...detail, agent }), detailAt: now });
    return known.id;
  }

  /** The end of a run, or its begin where that is all there is. */
  const isYounger = (keepFrom: number) =>
    keepFrom > 0 ? sql`coalesce(${runs.completedAt}, ${runs.startedAt}, 0) >= ${keepFrom}` : undefined;

  /** @returns how many are gone now. */
  function mark(where: SQL | undefined, now: number): number {
    const gone = db
      .update(runs)
      .set({ goneAt: now })
      .where(and(where, isNull(runs.goneAt)))
      .returning({ id: runs.id })
      .all();
    for (const { id } of gone) changes.run(id);
    return gone.length;
  }

  function remove(which: SQL | undefined): void {
    for (const run of db.select().from(runs).where(which).all()) markChange(run);
    const named = sql`exists (select 1 from ${signals} where ${signals.run} = ${runs.id})`;
    db.delete(runs)
      .where(and(which, sql`not ${named}`))
      .run();
    // A signal still names these; its own list decides about it, and the bare run goes with it.
    const ids = db.select({ id: runs.id }).from(runs).where(which);
    db.delete(runEvents).where(inArray(runEvents.run, ids)).run();
    db.delete(runSums).where(inArray(runSums.run, ids)).run();
    db.update(runs).set({ pass: null, detailAt: null, input: null }).where(which).run();
  }

  function removeOld(agent: number, keepFrom: number, limit: number) {
    const ended = sql`coalesce(${runs.completedAt}, ${runs.startedAt}, 0) < ${keepFrom}`;
    const isMore = or(isNotNull(runs.pass), isNotNull(runs.detailAt));
    const find = (begun: SQL) =>
      db
        .select({ id: runs.id, pass: runs.pass, goneAt: runs.goneAt })
        .from(runs)
        .where(and(eq(runs.agent, agent), begun, ended, isMore))
        .limit(limit)
        .all();
    // Apart, as the index serves each of the two, and not either.
    const old = [...find(lt(runs.startedAt, keepFrom)), ...find(isNull(runs.startedAt))];
    const ids = JSON.stringify(old.map(({ id }) => id));
    if (old.length > 0) remove(sql`${runs.id} in (select value from json_each(${ids}))`);
    return countRemoved(old);
  }

  return {
    lookup: (ids) =>
      new Map(lookupRows.all({ ids: JSON.stringify(ids) }).map((row) => [row.runId, { row, isSame: true }])),
    put,
    keep: ({ id }, { pass, place = null }) => {
      restamp.run({ id, pass, place });
    },
    ensure,
    putDetail,
    countSince: (agent, pass) => liveRows(db, runs, agent, pass),
    countLive: (agent) => liveRows(db, runs, agent, 0),
    markUnseen: (agent, pass, now, keepFrom) => {
      mark(and(eq(runs.agent, agent), lt(runs.pass, pass), isYounger(keepFrom)), now);
    },
    markAll: (now) => {
      db.update(runs).set({ goneAt: now }).where(isNull(runs.goneAt)).run();
      changes.everything();
    },
    order: {
      countAround: (agent, place) => {
        const above = liveRows(db, runs, agent, 0, gt(runs.place, place));
        // The row at the place itself is neither.
        return { above, below: liveRows(db, runs, agent, 0) - above - 1 };
      },
      markBelow: (agent, place, now, keepFrom) =>
        mark(and(eq(runs.agent, agent), lt(runs.place, place), isNotNull(runs.pass), isYounger(keepFrom)), now),
    },
    removeUnseen: (agent, pass) => remove(and(eq(runs.agent, agent), lt(runs.pass, pass))),
    removeOld,
  };
}
