import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Mirror } from './open.ts';
import { fleetState, syncState } from './schema.ts';
import { allExcluded } from './stamps.ts';

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

const emptyFleetState: Omit<FleetState, 'id'> = {
  lastPass: 0,
  beganAt: null,
  completedAt: null,
  syncedAt: null,
  errorKind: null,
  error: null,
  errorAt: null,
};

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
  /** To be called in a transaction: what is not given stays. */
  saveFleet(change: Partial<Omit<FleetState, 'id' | 'lastPass'>>): void;
}

export function createSyncStateStore({ db }: Mirror): SyncStateStore {
  const at = (agent: number, list: ListName) => and(eq(syncState.agent, agent), eq(syncState.list, list));

  // Prepared once: a pass reads and saves at each step, and building a statement anew takes longer than running it.
  const all = db.select().from(syncState).prepare();
  const fleet = db.select().from(fleetState).prepare();
  const find = db
    .select()
    .from(syncState)
    .where(and(eq(syncState.agent, sql.placeholder('agent')), eq(syncState.list, sql.placeholder('list'))))
    .prepare();
  const names = Object.keys(getTableColumns(syncState));
  const upsert = db
    .insert(syncState)
    .values({
      agent: sql.placeholder('agent'),
      list: sql.placeholder('list'),
      ...Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])),
    })
    .onConflictDoUpdate({ target: [syncState.agent, syncState.list], set: allExcluded(syncState) })
    .prepare();
  const upsertFleet = db
    .insert(fleetState)
    .values({
      id: 1,
      lastPass: sql.placeholder('lastPass'),
      beganAt: sql.placeholder('beganAt'),
      completedAt: sql.placeholder('completedAt'),
      syncedAt: sql.placeholder('syncedAt'),
      errorKind: sql.placeholder('errorKind'),
      error: sql.placeholder('error'),
      errorAt: sql.placeholder('errorAt'),
    })
    .onConflictDoUpdate({ target: fleetState.id, set: allExcluded(fleetState) })
    .prepare();
  const countPass = db
    .insert(fleetState)
    .values({ id: 1, lastPass: 1 })
    .onConflictDoUpdate({ target: fleetState.id, set: { lastPass: sql`${fleetState.lastPass} + 1` } })
    .returning({ pass: fleetState.lastPass })
    .prepare();

  const nextPass = (): number => countPass.get().pass;

  return {
    all: () => all.all(),
    read: (agent, list) => find.get({ agent, list }) ?? emptyListState(agent, list),
    save: (state) => {
      upsert.run(state);
    },
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
    fleet: () => fleet.get(),
    saveFleet: (change) => {
      upsertFleet.run({ ...emptyFleetState, ...fleet.get(), ...change });
    },
  };
}
