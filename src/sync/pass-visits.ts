import { ApiError, StoppedError } from '../errors.ts';
import type { StoredAgent } from '../mirror/agents.ts';
import type { ListState } from '../mirror/list-state.ts';
import type { ListVisit } from './list-visit.ts';
import { type SyncedList, syncedLists } from './lists.ts';
import { logBadRow, type Pass } from './pass-state.ts';
import { needsFullWalk, needsVisit, seenOf } from './plan.ts';
import { FullError, roomOf } from './quota.ts';
import { isCutTooShort, listsDue } from './reconcile.ts';
import { rested, withoutWalks } from './transitions.ts';
import { createListVisit } from './visit.ts';

/** Which lists a pass reads, and how each is read. */

function visitOf(pass: Pass, list: SyncedList, agent: StoredAgent, full: boolean): ListVisit {
  const { deps, options, tally } = pass;
  return createListVisit(list, {
    ...deps,
    ...pass,
    agent,
    full,
    agentsVanished: pass.listed.vanished > 0,
    priority: options.priority ?? 0,
    rereads: options.rereads === true,
    onPage: (page) => {
      tally.page(list.name, agent.agentId, page);
      for (const shape of page.unread) logBadRow(deps, agent.agentId, shape);
    },
  });
}

/** Takes a visit's next step. @returns whether there is more to do. @throws what ends the pass. */
export async function stepVisit({ options, cancel, signal, failed, tally }: Pass, visit: ListVisit): Promise<boolean> {
  if (options.isStopping?.())
    throw new StoppedError('stopped; the mirror keeps what was committed, and the next sync goes on from there');
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

/** The list is whole, and nothing is the matter with it. */
function isSettled(state: ListState | undefined): boolean {
  return state?.phase.is === 'whole' && state.head === null && state.unread === 0 && state.errorKind === null;
}

/** The list is whole as the API shows it: it is not read until its agent moves. */
export function restList({ deps, beganAt }: Pass, { list, agent }: PlannedVisit): void {
  const { store, clock } = deps;
  // The mirror may have been emptied meanwhile.
  if (store.agents.find(agent.agentId)?.id !== agent.id) return;
  const state = store.syncState.read(agent.id, list.name);
  store.syncState.save(rested(state, { seen: seenOf(agent), beganAt }, clock.now()));
  store.lists[list.name].rested?.(agent.id);
}

type States = ReadonlyMap<string, ListState>;

/** The lists to walk whole although nothing about them has moved. */
function listsToWalk({ deps, options, beganAt, pageSize, keepFrom }: Pass, agents: StoredAgent[], states: States) {
  const { idlePages, rereads } = options;
  const lists = agents.flatMap(({ id, agentId }) =>
    syncedLists.flatMap(({ name }) => states.get(`${name}:${id}`) ?? []).map((state) => ({ agentId, state })),
  );
  const everySeconds = idlePages === undefined ? 0 : (deps.fullSyncSeconds ?? 0);
  const due = listsDue(lists, beganAt, { everySeconds, pages: idlePages ?? 0, pageSize });
  if (rereads) for (const { state } of lists) if (state.unread > 0) due.add(`${state.list}:${state.agent}`);
  // A caller that waits for a pass must not wait for this.
  if (idlePages !== 0)
    for (const { state } of lists) if (isCutTooShort(state, keepFrom)) due.add(`${state.list}:${state.agent}`);
  return due;
}

/** Whether to read a list in the first round. */
function isWanted({ deps, options, listed }: Pass, agent: StoredAgent, state: ListState | undefined): boolean {
  if (options.full || options.agentId !== undefined) return true;
  // Where some agents vanish, the backend may have been wiped, and with it the rows of agents that were gone before.
  if (listed.vanished > 0 && agent.goneAt !== null && (state?.rows ?? 0) > 0) return true;
  return listed.inDoubt.has(agent.agentId) || needsVisit(agent, state, deps.settleSeconds);
}

/** A list to read. */
export interface PlannedVisit {
  visit: ListVisit;
  list: SyncedList;
  agent: StoredAgent;
  /** Its newest rows are all that it may lack: the list of all agents shows them, too. */
  isShallow: boolean;
}

/** The lists to read: those that may have moved, or (in a later round) those that a wipe sent back to the start. */
export function planVisits(pass: Pass, round: number): PlannedVisit[] {
  const { deps, options, failed, listed, maxBytes } = pass;
  const { store } = deps;
  const states = new Map(store.syncState.all().map((state) => [`${state.list}:${state.agent}`, state]));
  const known = store.agents.all().filter((agent) => agent.pass !== null);
  const isFull = roomOf(store.usedBytes(), maxBytes) === 'newest';
  const due = round > 0 ? new Set<string>() : listsToWalk(pass, known, states);
  const visits: PlannedVisit[] = [];
  for (const agent of known) {
    if (options.agentId !== undefined && agent.agentId !== options.agentId) continue;
    const wanted = syncedLists.filter(({ name }) => {
      const state = states.get(`${name}:${agent.id}`);
      // A full mirror leaves walks unfinished: they are no reason for another visit.
      const counted = isFull && state ? withoutWalks(state) : state;
      if (round > 0) return needsFullWalk(counted) && !failed.has(`${name}:${agent.agentId}`);
      return due.has(`${name}:${agent.id}`) || isWanted(pass, agent, counted);
    });
    // An agent that the list no longer shows may still have rows: only its own lists can tell.
    const full = round === 0 && (options.full === true || agent.goneAt !== null);
    for (const list of wanted) {
      const isFullVisit = full || due.has(`${list.name}:${agent.id}`);
      const isShallow = !isFullVisit && !isFull && isSettled(states.get(`${list.name}:${agent.id}`));
      visits.push({ visit: visitOf(pass, list, agent, isFullVisit), list, agent, isShallow });
    }
    if (round === 0 && wanted.length === 0) pass.skipped += 1;
  }
  const place = ({ agent }: PlannedVisit) => listed.order.get(agent.agentId) ?? listed.order.size;
  return visits.sort((a, b) => place(a) - place(b));
}
