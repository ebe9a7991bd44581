import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Mirror } from '../db/open.ts';
import { fleetLists, fleetState, syncState } from '../db/sync-tables.ts';
import type { ListName } from '../lists/names.ts';
import { emptyListState, type ListState, rowOf, stateOf } from './list-state.ts';
import { allExcluded } from './stamps.ts';

export type FleetState = typeof fleetState.$inferSelect;
export type FleetListState = typeof fleetLists.$inferSelect;

const emptyFleetState: Omit<FleetState, 'id'> = {
  lastPass: 0,
  beganAt: null,
  completedAt: null,
  syncedAt: null,
  onlyAgents: null,
  unreadAgents: 0,
  unreadShape: null,
  errorKind: null,
  error: null,
  errorAt: null,
};

export interface SyncStateStore {
  all(): ListState[];
  read(agent: number, list: ListName): ListState;
  save(state: ListState): void;
  /** Whether a list has not been read to its end since the backend was wiped. */
  isReplacing(): boolean;
  /** What is known of the API's list of all agents. */
  fleetList(list: ListName): FleetListState | undefined;
  saveFleetList(state: FleetListState): void;
  /** A number that no pass of this mirror had. */
  nextPass(): number;
  fleet(): FleetState | undefined;
  /** To be called in a transaction: what is not given stays. */
  saveFleet(change: Partial<Omit<FleetState, 'id' | 'lastPass'>>): void;
}

export function createSyncStateStore({ db }: Mirror): SyncStateStore {
  // Prepared once: a pass reads and saves at each step, and building a statement takes longer than running it.
  const all = db.select().from(syncState).prepare();
  const fleet = db.select().from(fleetState).prepare();
  const fleetList = db
    .select()
    .from(fleetLists)
    .where(eq(fleetLists.list, sql.placeholder('list')))
    .prepare();
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
      onlyAgents: sql.placeholder('onlyAgents'),
      unreadAgents: sql.placeholder('unreadAgents'),
      unreadShape: sql.placeholder('unreadShape'),
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

  const replacing = db
    .select({ agent: syncState.agent })
    .from(syncState)
    .where(eq(syncState.tailReplaces, true))
    .limit(1)
    .prepare();

  return {
    all: () => all.all().map(stateOf),
    read: (agent, list) => {
      const row = find.get({ agent, list });
      return row ? stateOf(row) : emptyListState(agent, list);
    },
    save: (state) => {
      upsert.run(rowOf(state));
    },
    isReplacing: () => replacing.get() !== undefined,
    nextPass: () => countPass.get().pass,
    fleetList: (list) => fleetList.get({ list }),
    saveFleetList: (state) => {
      db.insert(fleetLists).values(state).onConflictDoUpdate({ target: fleetLists.list, set: state }).run();
    },
    fleet: () => fleet.get(),
    saveFleet: (change) => {
      upsertFleet.run({ ...emptyFleetState, ...fleet.get(), ...change });
    },
  };
}
