import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Mirror } from '../db/open.ts';
import { fleetState, syncState } from '../db/sync-tables.ts';
import type { ListName } from '../lists/names.ts';
import { allExcluded } from './stamps.ts';

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
    ...tailAnew,
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
    unread: 0,
    unreadShape: null,
    seen: null,
    beganAt: null,
    completedAt: null,
    fullAt: null,
    errorKind: null,
    error: null,
    errorAt: null,
  };
}

/** A tail pass that begins again at the top. */
export const tailAnew = {
  tailCursor: 0,
  tailFrom: null,
  tailBad: 0,
  tailUnread: 0,
  tailNameless: false,
  tailEnded: false,
} as const;

const emptyFleetState: Omit<FleetState, 'id'> = {
  lastPass: 0,
  beganAt: null,
  completedAt: null,
  syncedAt: null,
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
  /**
   * Another agent's list has shown rows of this one as its own: they are not here any more, and count as unread until the
   * whole list was walked again.
   */
  loseRows(agent: number, list: ListName, lost: { count: number; shape: string }): void;
  /** Whether a list has not been read to its end since the backend was wiped. */
  isReplacing(): boolean;
  /** The backend was wiped: every list is walked again from the top, as if the mirror had nothing of it. */
  replaceEverything(): void;
  /** A number that no pass of this mirror had. */
  nextPass(): number;
  fleet(): FleetState | undefined;
  /** To be called in a transaction: what is not given stays. */
  saveFleet(change: Partial<Omit<FleetState, 'id' | 'lastPass'>>): void;
}

export function createSyncStateStore({ db }: Mirror): SyncStateStore {
  const at = (agent: number, list: ListName) => and(eq(syncState.agent, agent), eq(syncState.list, list));

  // Prepared once: a pass reads and saves at each step, and building a statement takes longer than running it.
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

  const nextPass = (): number => countPass.get().pass;

  return {
    all: () => all.all(),
    read: (agent, list) => find.get({ agent, list }) ?? emptyListState(agent, list),
    save: (state) => {
      upsert.run(state);
    },
    loseRows: (agent, list, { count, shape }) => {
      const { rows, unread } = syncState;
      const walk = { fullPass: 0, tailPass: nextPass(), ...tailAnew };
      db.update(syncState)
        .set({ ...walk, rows: sql`${rows} - ${count}`, unread: sql`${unread} + ${count}`, unreadShape: shape })
        .where(at(agent, list))
        .run();
    },
    isReplacing: () => replacing.get() !== undefined,
    replaceEverything: () => {
      const anew = {
        headPass: null,
        headCursor: 0,
        ...tailAnew,
        coveredFrom: null,
        rows: 0,
        deficit: 0,
        unread: 0,
        unreadShape: null,
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
