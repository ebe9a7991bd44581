import { and, eq, gt, inArray, isNotNull, isNull, lt, or, type SQL, sql } from 'drizzle-orm';
import type { Mirror } from '../db/open.ts';
import { runEvents, runSums, runs, signals } from '../db/schema.ts';
import { timeOfRun } from '../lists/runs.ts';
import type { Changes } from './changes.ts';
import type { ListStore } from './list-store.ts';
import { countRemoved, liveRows } from './stamps.ts';

type StoredRun = typeof runs.$inferSelect;

/** The run is about to change or go: it may have counted on another day. */
export function markRun(changes: Changes, known: StoredRun): void {
  changes.runAt(known.agent, timeOfRun(known));
  changes.run(known.id);
}

/** What becomes of runs that their list no longer shows. */
export function createRunRemoval({ db }: Pick<Mirror, 'db'>, changes: Changes): ListStore {
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
    for (const run of db.select().from(runs).where(which).all()) markRun(changes, run);
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
