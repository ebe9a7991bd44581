import { and, eq, sql } from 'drizzle-orm';
import type { Mirror } from './open.ts';
import { fleetState, syncState } from './schema.ts';

export type ListName = 'runs' | 'signals';
export type ListState = typeof syncState.$inferSelect;
export type FleetState = typeof fleetState.$inferSelect;

/** A list that was never synced. */
export function emptyListState(agent: number, list: ListName): ListState {
  return {
    agent,
    list,
    headPass: null,
    headCursor: 0,
    tailPass: null,
    tailCursor: 0,
    tailFrom: null,
    tailBad: 0,
    tailEnded: false,
    tailReplaces: false,
    donePass: 0,
    fullPass: 0,
    coveredFrom: null,
    keptFrom: 0,
    topPlace: 0,
    headPlace: null,
    tailPlace: null,
    rows: 0,
    deficit: 0,
    seenRunCount: null,
    seenSignalCount: null,
    seenLastSeen: null,
    seenGoneAt: null,
    beganAt: null,
    completedAt: null,
    fullAt: null,
    errorKind: null,
    error: null,
    errorAt: null,
  };
}

export interface SyncStateStore {
  all(): ListState[];
  read(agent: number, list: ListName): ListState;
  save(state: ListState): void;
  /** Adds to a list's count of live rows. */
  addRows(agent: number, list: ListName, count: number): void;
  /** Has every list walked anew from the top, as if nothing of it were there: the backend was wiped. */
  replaceEverything(): void;
  /** A number that no pass of this mirror had. */
  nextPass(): number;
  fleet(): FleetState | undefined;
  saveFleet(change: Partial<Omit<FleetState, 'id' | 'lastPass'>>): void;
}

export function createSyncStateStore({ db }: Mirror): SyncStateStore {
  const at = (agent: number, list: ListName) => and(eq(syncState.agent, agent), eq(syncState.list, list));

  function save(state: ListState): void {
    db.insert(syncState)
      .values(state)
      .onConflictDoUpdate({ target: [syncState.agent, syncState.list], set: state })
      .run();
  }

  function nextPass(): number {
    return db
      .insert(fleetState)
      .values({ id: 1, lastPass: 1 })
      .onConflictDoUpdate({ target: fleetState.id, set: { lastPass: sql`${fleetState.lastPass} + 1` } })
      .returning({ pass: fleetState.lastPass })
      .get().pass;
  }

  return {
    all: () => db.select().from(syncState).all(),
    read: (agent, list) => db.select().from(syncState).where(at(agent, list)).get() ?? emptyListState(agent, list),
    save,
    addRows: (agent, list, count) => {
      if (count !== 0)
        db.update(syncState)
          .set({ rows: sql`${syncState.rows} + ${count}` })
          .where(at(agent, list))
          .run();
    },
    replaceEverything: () => {
      const anew = {
        headPass: null,
        headCursor: 0,
        tailCursor: 0,
        tailFrom: null,
        tailBad: 0,
        tailEnded: false,
        coveredFrom: null,
        rows: 0,
        deficit: 0,
      };
      db.update(syncState)
        .set({ ...anew, tailPass: nextPass(), tailReplaces: true })
        .run();
    },
    nextPass,
    fleet: () => db.select().from(fleetState).get(),
    saveFleet: (change) => {
      db.insert(fleetState)
        .values({ id: 1, ...change })
        .onConflictDoUpdate({ target: fleetState.id, set: change })
        .run();
    },
  };
}
