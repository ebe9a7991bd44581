import type { Client } from '../api/client.ts';
import { maxPageSize } from '../api/pages.ts';
import type { Clock } from '../clock.ts';
import { ApiError, messageOf, StoppedError, UsageError } from '../errors.ts';
import type { AnyList, ListName } from '../lists/names.ts';
import type { Log } from '../log.ts';
import type { StoredAgent } from '../mirror/agents.ts';
import type { Store } from '../mirror/store.ts';
import type { ListState } from '../mirror/sync-state.ts';
import { printable } from '../printable.ts';
import { inTurn, type ListVisit } from './list-visit.ts';
import { listAgents } from './listing.ts';
import { type SyncedList, syncedLists } from './lists.ts';
import { mustBeWalked, needsVisit, withoutWalks } from './plan.ts';
import { FullError, roomOf, whyFull } from './quota.ts';
import { isCutTooShort, listsDue } from './reconcile.ts';
import { storeAgents } from './store-agents.ts';
import { createTally, type Progress } from './tally.ts';
import { createListVisit } from './visit.ts';

export interface PassDeps {
  client: Client;
  store: Store;
  clock: Clock;
  log: Log;
  settleSeconds: number;
  /** How many requests are on the way at once. */
  concurrency: number;
  /** Rows a page; 500 unless given. */
  pageSize?: number;
  /** How old (in seconds) a list's last whole walk may get; 0 or not given: any age will do. */
  fullSyncSeconds?: number;
  /** How old (in seconds) a row may get and be kept; 0 or not given: any age. */
  keepSeconds?: number;
  /** How large the mirror may become; any size unless given. */
  maxBytes?: number;
}

export interface PassOptions {
  /** Walks every list to its end and reconciles it: marks what is gone, refreshes what may have changed. */
  full?: boolean;
  /** Walks lists whole of which rows could not be read: the backend may have been mended. Polls do so from time to time. */
  rereads?: boolean | undefined;
  /** Only this agent. */
  agentId?: string | undefined;
  /**
   * Pages that the pass may spend on walking lists that nothing but the age of their last walk demands. 0: none, for a pass
   * that somebody waits for. Not given: walks that are under way are ended, however long they are, and none is begun.
   */
  idlePages?: number;
  /** Stops at once. What is committed stays. */
  signal?: AbortSignal | undefined;
  /** Asked between steps: true ends the pass after the pages under way. */
  isStopping?: () => boolean;
  /** Requests of a higher priority leave the queue first. */
  priority?: number;
  onProgress?: (progress: Progress) => void;
}

export interface Failure {
  /** Null: it is the list of the agents themselves. */
  agentId: string | null;
  list: AnyList;
  kind: string;
  message: string;
}

export interface PassSummary {
  /** Agents that the API lists. */
  agents: number;
  /** Agents whose lists were left alone: nothing of them had moved. */
  skipped: number;
  /** Rows that are new in the mirror, by list. */
  added: Readonly<Record<ListName, number>>;
  requests: number;
  bytes: number;
  seconds: number;
  badRows: number;
  failures: Failure[];
}

/** Pages that a walk asks for in its own time go behind all that somebody waits for, and before run details. */
const idlePriority = -5;
/** A backend that is wiped in mid-pass sends the pass round again; twice is enough for any but a broken one. */
const maxRounds = 3;

/** Remembers what shapes of bad rows were told, for as long as the process lives. */
const toldShapes = new WeakMap<Store, Set<string>>();

function tellBadRow(deps: PassDeps, agentId: string, shape: string): void {
  const told = toldShapes.get(deps.store) ?? new Set();
  toldShapes.set(deps.store, told);
  if (told.has(shape)) return;
  told.add(shape);
  deps.log.warn(
    `a row of ${agentId} can't be read and is skipped (${shape}); more of this kind are counted, not logged`,
  );
}

/**
 * One pass: lists the agents, then brings the lists of those that may have moved up to date. Every page is committed as
 * it comes, so that a pass may end anywhere.
 * @throws ApiError when the API can't be used at all; UsageError for an agent that it does not list; StoppedError when
 * asked to stop; the signal's reason when it aborts.
 */
export async function runPass(deps: PassDeps, options: PassOptions = {}): Promise<PassSummary> {
  const { store, clock, client } = deps;
  const { priority = 0, isStopping = () => false } = options;
  const pageSize = deps.pageSize ?? maxPageSize;
  const beganAt = clock.now();
  const keepFrom = deps.keepSeconds ? beganAt - deps.keepSeconds : 0;
  const { maxBytes = Number.POSITIVE_INFINITY } = deps;
  const { idlePages } = options;
  const leisure =
    idlePages === undefined
      ? { pages: Number.POSITIVE_INFINITY, priority }
      : { pages: idlePages, priority: idlePriority };
  const began = clock.monotonic();
  const before = { ...client.spent };
  const failed = new Map<string, Failure>();
  const tally = createTally(options.onProgress);
  const order = new Map<string, number>();
  /** Agents whose rows can't be read, or may be among those: what moved of them is not known. */
  const inDoubt = new Set<string>();
  let agents = 0;
  let skipped = 0;
  let vanished = 0;
  /** Why the agents list could not be read to its end. */
  let ill: ApiError | undefined;
  const cancel = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, cancel.signal]) : cancel.signal;

  const visitOf = (list: SyncedList, agent: StoredAgent, full: boolean): ListVisit =>
    createListVisit(list, {
      client,
      store,
      clock,
      pageSize,
      agent,
      beganAt,
      full,
      agentsVanished: vanished > 0,
      priority,
      keepFrom,
      rereads: options.rereads === true,
      maxBytes,
      leisure,
      onPage: (page) => {
        tally.page(list.name, agent.agentId, page);
        for (const shape of page.unread) tellBadRow(deps, agent.agentId, shape);
      },
    });

  async function step(visit: ListVisit): Promise<boolean> {
    if (isStopping()) throw new StoppedError('stopped; what was committed stays, and the next sync goes on from there');
    try {
      if (await visit.step(signal)) return true;
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof FullError) || error.stopsThePass) {
        cancel.abort(error);
        throw error;
      }
      const { message } = error;
      const kind = error instanceof ApiError ? error.kind : 'full';
      if (error instanceof ApiError) visit.fail(kind, message);
      const { agentId, list } = visit;
      failed.set(`${list}:${agentId}`, { agentId, list, kind, message });
    }
    tally.close(visit.list, visit.agentId);
    return false;
  }

  /** The lists to read: those that may have moved, or (in a later round) those that a wipe sent back to the start. */
  function plan(round: number): ListVisit[] {
    const states = new Map(store.syncState.all().map((state) => [`${state.list}:${state.agent}`, state]));
    const visits: ListVisit[] = [];
    const known = store.agents.all().filter((agent) => agent.pass !== null);
    const isFull = roomOf(store.usedBytes(), maxBytes) === 'newest';
    const due = round > 0 ? new Set<string>() : toWalk(known, states);
    for (const agent of known) {
      if (options.agentId !== undefined && agent.agentId !== options.agentId) continue;
      const wanted = syncedLists.filter(({ name: list }) => {
        const state = states.get(`${list}:${agent.id}`);
        // A full mirror leaves walks undone: they are no reason for another visit.
        const known = isFull ? withoutWalks(state) : state;
        if (round > 0) return mustBeWalked(known) && !failed.has(`${list}:${agent.agentId}`);
        if (due.has(`${list}:${agent.id}`)) return true;
        if (options.full || options.agentId !== undefined) return true;
        // Where some agents vanish, the backend may have been wiped, and with it the rows of those that were gone before.
        if (vanished > 0 && agent.goneAt !== null && (state?.rows ?? 0) > 0) return true;
        return inDoubt.has(agent.agentId) || needsVisit(agent, known, deps.settleSeconds);
      });
      // An agent that the list no longer shows may still have rows: only its own lists can tell.
      const full = round === 0 && (options.full === true || agent.goneAt !== null);
      visits.push(...wanted.map((list) => visitOf(list, agent, full || due.has(`${list.name}:${agent.id}`))));
      if (round === 0 && wanted.length === 0) skipped += 1;
    }
    const place = ({ agentId }: ListVisit) => order.get(agentId) ?? order.size;
    return visits.sort((a, b) => place(a) - place(b));
  }

  /** The lists that are walked whole though nothing of them has moved. */
  function toWalk(agents: readonly StoredAgent[], states: ReadonlyMap<string, ListState>): Set<string> {
    const lists = agents.flatMap(({ id, agentId }) =>
      syncedLists.flatMap(({ name }) => states.get(`${name}:${id}`) ?? []).map((state) => ({ agentId, state })),
    );
    const everySeconds = idlePages === undefined ? 0 : (deps.fullSyncSeconds ?? 0);
    const due = listsDue(lists, beganAt, { everySeconds, pages: idlePages ?? 0, pageSize });
    if (options.rereads) for (const { state } of lists) if (state.unread > 0) due.add(`${state.list}:${state.agent}`);
    // Whoever waits for a pass is not to wait for that.
    if (idlePages !== 0)
      for (const { state } of lists) if (isCutTooShort(state, keepFrom)) due.add(`${state.list}:${state.agent}`);
    return due;
  }

  /** Reads the agents list into the mirror. */
  async function readAgents(): Promise<string[]> {
    const listing = await listAgents(client, { limit: pageSize, signal, priority });
    ill = listing.ill;
    for (const [place, { row }] of listing.rows.entries()) order.set(row.agent_id, place);
    for (const { shape } of listing.badRows) tellBadRow(deps, 'the agents list', shape);
    tally.badAgents(listing.badRows.length);
    const stored = storeAgents(store, clock, listing);
    vanished = stored.vanished;
    for (const agentId of stored.inDoubt) inDoubt.add(agentId);
    return stored.ids;
  }

  try {
    if (options.agentId === undefined) store.write(() => store.syncState.saveFleet({ beganAt }));
    const full = whyFull(store.usedBytes(), maxBytes);
    if (full) throw full;
    const listed = await readAgents();
    agents = listed.length;
    if (options.agentId !== undefined && store.agents.find(options.agentId) === undefined) {
      throw ill ?? unknownAgent(options.agentId, listed, store.syncState.fleet()?.unreadAgents ?? 0);
    }
    if (ill) {
      failed.set('agents', { agentId: null, list: 'agents', kind: ill.kind, message: ill.message });
      recordFleetError(deps, options, ill);
    }
    let visits = plan(0);
    for (let round = 1; visits.length > 0 && round <= maxRounds; round += 1) {
      tally.begin(visits);
      await inTurn(visits, deps.concurrency, signal, step);
      visits = plan(round);
    }
    if (options.agentId === undefined && visits.length === 0 && !ill) {
      const completed = { completedAt: clock.now(), syncedAt: beganAt, errorKind: null, error: null, errorAt: null };
      store.write(() => store.syncState.saveFleet(completed));
    }
  } catch (error) {
    recordFleetError(deps, options, error);
    throw error;
  }
  return {
    agents,
    skipped,
    added: tally.added,
    requests: client.spent.requests - before.requests,
    bytes: client.spent.bytes - before.bytes,
    seconds: (clock.monotonic() - began) / 1000,
    badRows: tally.badRows(),
    failures: [...failed.values()],
  };
}

function unknownAgent(agentId: string, listed: readonly string[], unread: number): UsageError {
  const some = listed.slice(0, 10).join(', ') || 'none';
  const rest = listed.length > 10 ? ', ...' : '';
  const besides = unread === 0 ? '' : ` Rows of the list that can't be read: ${unread}.`;
  return new UsageError(
    `The Customer API lists no agent ${JSON.stringify(agentId)}. It lists: ${some}${rest}.${besides}`,
  );
}

/** What kept the fleet from being read, for whoever asks about the mirror's age. */
function recordFleetError({ store, clock }: PassDeps, options: PassOptions, error: unknown): void {
  if (options.agentId !== undefined || !(error instanceof ApiError || error instanceof FullError)) return;
  const kind = error instanceof ApiError ? error.kind : 'full';
  store.write(() =>
    store.syncState.saveFleet({ errorKind: kind, error: printable(messageOf(error)), errorAt: clock.now() }),
  );
}
