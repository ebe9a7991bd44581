import { and, eq, gte, inArray, isNull, lt, or, type SQL, sql } from 'drizzle-orm';
import type { Mirror } from '../db/open.ts';
import { runEvents, runs, signals } from '../db/schema.ts';
import type { Changes } from './changes.ts';
import type { EvidenceStore } from './evidence.ts';
import type { ListStore } from './list-store.ts';
import { countRemoved, liveRows } from './stamps.ts';

/** The signal is about to change or go. */
export function markSignal(
  changes: Changes,
  { agent, run, detectedAt }: Pick<typeof signals.$inferSelect, 'agent' | 'run' | 'detectedAt'>,
): void {
  changes.signalAt(agent, detectedAt);
  changes.run(run);
}

/** What becomes of signals that their list no longer shows. */
export function createSignalRemoval(
  { db }: Pick<Mirror, 'db'>,
  evidence: Pick<EvidenceStore, 'remove'>,
  changes: Changes,
): ListStore {
  /** @returns the rows that went. */
  function remove(which: SQL | undefined) {
    const removed = db.delete(signals).where(which).returning().all();
    evidence.remove(removed.map(({ key }) => key));
    for (const row of removed) markSignal(changes, row);
    return removed;
  }

  function removeUnseen(agent: number, pass: number): void {
    remove(and(eq(signals.agent, agent), or(lt(signals.pass, pass), isNull(signals.pass))));
    removeUnnamedRuns(agent);
  }

  /** Removes the runs that were known from signals alone, and that no signal names any more. */
  function removeUnnamedRuns(agent: number): void {
    const unnamed = sql`not exists (select 1 from ${signals} where ${signals.run} = ${runs.id})`;
    const empty = sql`not exists (select 1 from ${runEvents} where ${runEvents.run} = ${runs.id})`;
    db.delete(runs)
      .where(and(eq(runs.agent, agent), isNull(runs.pass), unnamed, empty))
      .run();
  }

  return {
    countSince: (agent, pass) => liveRows(db, signals, agent, pass),
    countLive: (agent) => liveRows(db, signals, agent, 0),
    markUnseen: (agent, pass, now, keepFrom) => {
      const unseen = and(eq(signals.agent, agent), lt(signals.pass, pass), gte(signals.detectedAt, keepFrom));
      const gone = db
        .update(signals)
        .set({ goneAt: now })
        .where(and(unseen, isNull(signals.goneAt)))
        .returning({ agent: signals.agent, run: signals.run, detectedAt: signals.detectedAt })
        .all();
      for (const row of gone) markSignal(changes, row);
    },
    markAll: (now) => {
      db.update(signals).set({ goneAt: now }).where(isNull(signals.goneAt)).run();
      changes.everything();
    },
    removeUnseen,
    removeOld: (agent, keepFrom, limit) => {
      const old = db
        .select({ key: signals.key })
        .from(signals)
        .where(and(eq(signals.agent, agent), lt(signals.detectedAt, keepFrom)))
        .orderBy(signals.detectedAt)
        .limit(limit);
      const removed = remove(inArray(signals.key, old));
      if (removed.length > 0 && removed.length < limit) removeUnnamedRuns(agent);
      return countRemoved(removed);
    },
  };
}
