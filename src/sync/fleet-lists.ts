import type { AgentChoice } from '../agent-choice.ts';
import { ApiError } from '../errors.ts';
import type { StoredAgent } from '../mirror/agents.ts';
import { isWhole, type ListState, tailOf } from '../mirror/list-state.ts';
import type { FleetPage, FoundPage, ListPage, SyncedList } from './lists.ts';
import type { Pass } from './pass-state.ts';
import { isJoined, overlap } from './plan.ts';
import { advanced, headBegun } from './transitions.ts';

/**
 * Where the API has a list of all agents, its newest rows do for every agent what a head pass does for one: a poll costs
 * the same few requests however many agents have moved. The list is newest first, so that an agent's rows on its top page
 * are the top of the agent's own list, and whatever has come or moved up since the last look stands above the rows that
 * were known then. The total shows whether a list lacks rows further down.
 */

/** Rows of the first look: most polls bring few, and a page of this length is small. */
const firstLook = 100;

/** An agent's part of a page, looked up in the mirror. */
interface Part {
  agent: StoredAgent;
  state: ListState;
  page: ListPage;
  found: FoundPage;
}

/** A page of all agents, looked up in the mirror. */
interface Looked {
  parts: Part[];
  /** How many rows, from the top, hold all that the mirror lacks or has otherwise. */
  changed: number;
  /** The page ends at rows that were known at the last look, or with the list. */
  isJoined: boolean;
}

/** Whether every agent has this list whole, so that its total can be held against theirs. */
export function areAllWhole({ deps: { store } }: Pass, { name }: SyncedList): boolean {
  const states = new Map(store.syncState.all().flatMap((state) => (state.list === name ? [[state.agent, state]] : [])));
  const known = store.agents.all().filter(({ pass }) => pass !== null);
  return known.every(({ id }) => {
    const state = states.get(id);
    return state !== undefined && isWhole(state) && state.head === null;
  });
}

/**
 * Brings the newest rows of a list of all agents into the mirror.
 * @param isProven every list that may have moved has just been read on its own: what the total has beyond them is of
 * agents that the API does not list, and is remembered.
 * @returns whether the mirror now has all rows of every agent's list.
 * @throws ApiError that stops the pass; of any other, the lists are to be read one by one.
 */
export async function readFleetList(pass: Pass, list: SyncedList, isProven: boolean): Promise<boolean> {
  try {
    const page = await fetchChanged(pass, list, isProven);
    return page !== undefined && pass.deps.store.write(() => storePage(pass, list, page, isProven));
  } catch (error) {
    if (!(error instanceof ApiError) || error.stopsThePass) throw error;
    return false;
  }
}

/** Fetches a page that holds all that has changed; undefined: more has changed than a page holds. */
async function fetchChanged(pass: Pass, list: SyncedList, isProven: boolean): Promise<FleetPage | undefined> {
  const { deps, options, pageSize, signal } = pass;
  const request = { offset: 0, signal, priority: options.priority };
  for (const limit of new Set([Math.min(firstLook, pageSize), pageSize])) {
    const page = await list.fetchFleet(deps.client, { ...request, limit, isLight: true });
    const { isJoined, changed } = lookUp(pass, list, page, isProven);
    if (!isJoined) continue;
    if (changed === 0 || !page.isLight) return page;
    return list.fetchFleet(deps.client, {
      ...request,
      limit: Math.min(pageSize, changed + overlap),
      isLight: false,
    });
  }
  return undefined;
}

const unusable: Looked = { parts: [], changed: 0, isJoined: false };

/** Looks a page up. One with rows that can't be read, or that show a wipe, is for the agents' own lists. */
function lookUp(pass: Pass, list: SyncedList, page: FleetPage, isProven: boolean): Looked {
  const { store } = pass.deps;
  const last = store.syncState.fleetList(list.name);
  // Before the agents' lists were read in this pass, or before the last look.
  const before = isProven ? pass.lastWalk : last?.isConfirmed ? last.pass : 0;
  const parts = new Map<string, Part>();
  for (const [agentId, part] of page.parts) {
    if (!pass.agents.includes(agentId)) continue;
    const agent = store.agents.find(agentId);
    const state = agent && store.syncState.read(agent.id, list.name);
    if (!state || agent.pass === null || !isWhole(state) || state.head !== null || state.unread > 0) return unusable;
    const found = part.find(store, agent.id, pass.keepFrom);
    if (found.unread.length > 0 || found.replaced > 0) return unusable;
    parts.set(agentId, { agent, state, page: part, found });
  }
  const settled = settledRows(parts, page.owners, { before, agents: pass.agents });
  if (settled === undefined) return unusable;
  const changed = settled.lastIndexOf(false) + 1;
  const known = settled.slice(changed).filter((isSettled) => isSettled === true).length;
  const isJoined = !page.hasMore || known >= overlap;
  return { parts: [...parts.values()], changed, isJoined };
}

/**
 * Whether each row was in the mirror at a pass up to `before`, and is as it was; or is too old to keep. Undefined: it is of
 * an agent that is not mirrored.
 */
function settledRows(
  parts: ReadonlyMap<string, Part>,
  owners: FleetPage['owners'],
  { before, agents }: { before: number; agents: AgentChoice },
): (boolean | undefined)[] | undefined {
  const nextOf = new Map<string, number>();
  const settled: (boolean | undefined)[] = [];
  for (const owner of owners) {
    if (owner !== null && !agents.includes(owner)) {
      settled.push(undefined);
      continue;
    }
    const part = owner === null ? undefined : parts.get(owner);
    if (owner === null || !part) return undefined;
    const index = nextOf.get(owner) ?? 0;
    nextOf.set(owner, index + 1);
    const { findings, isSame } = part.found;
    const finding = findings[index] ?? 'bad';
    const isKnown =
      typeof finding !== 'string' &&
      isJoined(finding, part.state) &&
      (finding.pass ?? 0) <= before &&
      finding.hasMoved !== true;
    settled.push(finding === 'old' || (isKnown && isSame[index] === true));
  }
  return settled;
}

/** Stores a page, in a transaction. @returns as `readFleetList`. */
function storePage(pass: Pass, list: SyncedList, page: FleetPage, isProven: boolean): boolean {
  const { store } = pass.deps;
  const looked = lookUp(pass, list, page, isProven);
  // Another process may have changed rows since it was fetched.
  if (!looked.isJoined || (page.isLight && looked.changed > 0)) return false;
  if (looked.changed > 0) {
    const number = store.syncState.nextPass();
    for (const part of looked.parts) storePart(pass, list, part, number);
  }
  const states = store.syncState.all().filter((state) => state.list === list.name);
  const beyond = states.reduce((left, { rows, deficit }) => left - rows - deficit, page.total);
  const known = store.syncState.fleetList(list.name);
  const isAsKnown = beyond === known?.beyond;
  // Rows that vanish while the agents' lists are read may hide once in what is beyond them, but not twice.
  if (!isProven && !(isAsKnown && known.isConfirmed)) return false;
  const newest = store.syncState.fleet()?.lastPass ?? 0;
  store.syncState.saveFleetList({ list: list.name, beyond, isConfirmed: isAsKnown, pass: newest });
  for (const { agent } of looked.parts) store.lists[list.name].rested?.(agent.id);
  return true;
}

/** An agent's part, as a head pass that ends with it. */
function storePart({ deps, keepFrom, tally }: Pass, list: SyncedList, part: Part, number: number): void {
  const { agent, state, page, found } = part;
  const { store } = deps;
  const begun = headBegun(state, number);
  const tail = tailOf(state)?.pass;
  const keepsPass = (known: number) => known <= state.donePass || known === tail;
  const stored = found.put({
    agent: agent.id,
    pass: number,
    keepsPass,
    isWhole: false,
    place: begun.head?.place ?? null,
  });
  const old = found.findings.filter((finding) => finding === 'old').length;
  const outcome = { gap: false, cursor: page.size, ended: true, bad: 0, unread: 0, old };
  const read = { outcome, reach: page.reach, shapes: [], isNameless: false, unread: 0, stored, keepFrom };
  store.syncState.save(advanced(begun, 'head', read));
  tally.page(list.name, agent.agentId, { received: page.size, added: stored.added, remaining: 0, bad: 0 });
}
