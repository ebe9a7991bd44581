import type { Client } from '../api/client.ts';
import type { Clock } from '../clock.ts';
import { StoppedError } from '../errors.ts';
import type { StoredAgent } from '../mirror/agents.ts';
import type { ListState } from '../mirror/list-state.ts';
import type { ListStore } from '../mirror/list-store.ts';
import type { Store } from '../mirror/store.ts';
import { newProgress, type Way } from './advance.ts';
import type { IdleBudget } from './list-visit.ts';
import type { SyncedList } from './lists.ts';
import { seenOf, type Visit } from './plan.ts';
import type { PageCount } from './tally.ts';
import { rested, type Seen } from './transitions.ts';

export interface VisitDeps {
  client: Client;
  store: Store;
  clock: Clock;
  pageSize: number;
  /** The agent as the agents list showed it when the pass began, and when that was (Unix seconds). */
  agent: StoredAgent;
  beganAt: number;
  full: boolean;
  /** The agents list has lost agents since it was last read. */
  agentsVanished: boolean;
  priority: number;
  /** Rows from before this time (Unix seconds) are too old to keep; 0: none are. */
  keepFrom: number;
  /** A walk goes on to its end: a caller waits for what was unreadable. */
  rereads: boolean;
  /** How large the mirror may become. */
  maxBytes: number;
  /** What the pass may spend on walks that only a list's age calls for. */
  idleBudget: IdleBudget;
  onPage: (page: PageCount & { unread: readonly string[] }) => void;
}

/** What a pass over a list remembers from one page to the next. */
export interface WalkMemory {
  pass: number;
  streak: number;
  gaps: number;
  unread: number;
}

export const freshMemory = (pass: number): WalkMemory => ({ pass, streak: 0, gaps: 0, unread: 0 });

/** A running visit to a list. */
export interface VisitState {
  readonly list: SyncedList;
  readonly rows: ListStore;
  readonly deps: VisitDeps;
  /** What the decisions depend on. */
  readonly seen: Visit;
  /** The memory of the running pass; another pass, or another process's page, starts a new one. */
  memory: WalkMemory;
  /** How many rows a page of this list has: fewer than we ask for, if the API gives no more. */
  size: number;
  way: Way;
  /**
   * The head pass that this visit began; one taken over from an earlier visit has not read what came in on top since.
   */
  ownHead: number | null;
}

export function beginVisit(list: SyncedList, deps: VisitDeps): VisitState {
  const { store, agent, pageSize } = deps;
  const rows = store.lists[list.name];
  const mayCheckEnd = rows.order !== undefined && store.syncState.read(agent.id, list.name).rows > pageSize;
  const seen = { full: deps.full, headFirst: false, headSeen: false, total: null, mismatches: 0 };
  return {
    list,
    rows,
    deps,
    seen: { ...seen, mayCheckEnd, mayWalk: true },
    memory: freshMemory(0),
    size: pageSize,
    way: newProgress,
    ownHead: null,
  };
}

export const readState = ({ list, deps: { store, agent } }: VisitState): ListState =>
  store.syncState.read(agent.id, list.name);

/** We identify agents by their numbers here, which mean nothing once the mirror has been emptied. */
export function writeOf<Result>({ deps: { store, agent } }: VisitState, work: () => Result): Result {
  return store.write(() => {
    if (store.agents.find(agent.agentId)?.id !== agent.id)
      throw new StoppedError('the mirror was reset meanwhile; the next pass fills it again');
    return work();
  });
}

/** Moves the state of the list on, in a transaction of its own. */
export function moveOn(visit: VisitState, transition: (state: ListState) => ListState): void {
  writeOf(visit, () => visit.deps.store.syncState.save(transition(readState(visit))));
}

export const seenNow = ({ deps: { agent, beganAt } }: VisitState): Seen => ({ seen: seenOf(agent), beganAt });

/** The visit is over; before it is, `change` moves the state. */
export function rest(visit: VisitState, change: (state: ListState) => ListState = (state) => state): void {
  writeOf(visit, () => {
    moveOn(visit, (state) => rested(change(state), seenNow(visit), visit.deps.clock.now()));
    visit.rows.rested?.(visit.deps.agent.id);
  });
}
