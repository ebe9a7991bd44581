import { leftOutSentence } from '../agent-choice.ts';
import { ApiError, LeftOutError, messageOf, UsageError } from '../errors.ts';
import { printable } from '../printable.ts';
import { chosenOf } from './chosen-agents.ts';
import { areAllWhole, readFleetList } from './fleet-lists.ts';
import { learnGeneration } from './generation.ts';
import { roundRobin } from './list-visit.ts';
import { listAgents } from './listing.ts';
import { type SyncedList, syncedLists } from './lists.ts';
import {
  beginPass,
  type Listed,
  logBadRow,
  type Pass,
  type PassDeps,
  type PassOptions,
  type PassSummary,
} from './pass-state.ts';
import { type PlannedVisit, planVisits, restList, stepVisit } from './pass-visits.ts';
import { FullError, fullError } from './quota.ts';
import { readRecords } from './records.ts';
import { agentListsDue, commonListsDue, type DueList } from './records-due.ts';
import { storeAgents } from './store-agents.ts';

/** A backend that is wiped in mid-pass sends the pass round again; twice is enough for any but a broken one. */
const maxRounds = 3;

/** Reads the agents list into the mirror. */
async function readAgents({ deps, options, agents, pageSize, signal, tally }: Pass): Promise<Listed> {
  const all = await listAgents(deps.client, { limit: pageSize, signal, priority: options.priority ?? 0 });
  const listing = chosenOf(all, agents);
  for (const { shape } of listing.badRows) logBadRow(deps, 'the agents list', shape);
  tally.badAgents(listing.badRows.length);
  const { ids, inDoubt, vanished } = storeAgents(deps.store, deps.clock, listing);
  const order = new Map(listing.rows.map(({ row }, place) => [row.agent_id, place]));
  return { ids, order, inDoubt: new Set(inDoubt), vanished, ill: listing.ill };
}

/** Reads the agents, and then the lists that may have moved, as often as a wipe sends some back to the start. */
async function readLists(pass: Pass): Promise<void> {
  const { deps, options, failed, tally, beganAt } = pass;
  const { store, clock } = deps;
  const isFleet = options.agentId === undefined;
  demandChosen(pass);
  if (isFleet) store.write(() => store.syncState.saveFleet({ beganAt }));
  const full = fullError(store.usedBytes(), pass.maxBytes);
  if (full) throw full;
  pass.listed = await readAgents(pass);
  const { ids, ill } = pass.listed;
  if (options.agentId !== undefined && store.agents.find(options.agentId) === undefined)
    throw ill ?? unknownAgent(options.agentId, ids, store.syncState.fleet()?.unreadAgents ?? 0);
  if (ill) {
    failed.set('agents', { agentId: null, list: 'agents', kind: ill.kind, message: ill.message });
    recordFleetError(deps, options, ill);
  }
  let planned = planVisits(pass, 0);
  for (let round = 1; planned.length > 0 && round <= maxRounds; round += 1) {
    tally.begin(planned.map(({ agent }) => agent));
    await readPlanned(pass, planned);
    planned = planVisits(pass, round);
  }
  if (!isFleet) return;
  await learnGeneration(pass);
  await readRecordLists(pass);
  if (planned.length > 0 || ill) return;
  const completed = { completedAt: clock.now(), syncedAt: beganAt, errorKind: null, error: null, errorAt: null };
  store.write(() => store.syncState.saveFleet(completed));
}

/** @throws LeftOutError for a pass over an agent that is not mirrored. */
function demandChosen({ agents, options: { agentId } }: Pass): void {
  if (agentId !== undefined && !agents.includes(agentId)) throw new LeftOutError(leftOutSentence(agents, agentId));
}

/** Reads each list on its own, but for those whose newest rows the list of all agents shows, if the API has one. */
async function readPlanned(pass: Pass, planned: readonly PlannedVisit[]): Promise<void> {
  const shallow = hasFleetLists(pass) ? planned.filter(({ isShallow }) => isShallow) : [];
  await readEach(
    pass,
    planned.filter((one) => !shallow.includes(one)),
  );
  for (const list of syncedLists) {
    const ofList = shallow.filter((one) => one.list.name === list.name);
    if (ofList.length > 0) await readTogether(pass, list, ofList);
  }
}

/** @throws what ends the pass. */
async function readTogether(pass: Pass, list: SyncedList, planned: readonly PlannedVisit[]): Promise<void> {
  const { deps, failed, tally } = pass;
  const isConfirmed = deps.store.syncState.fleetList(list.name)?.isConfirmed === true;
  if (isConfirmed && areAllWhole(pass, list) && (await readFleetList(pass, list, false))) {
    deps.store.write(() => {
      for (const one of planned) restList(pass, one);
    });
    for (const { agent } of planned) tally.close(list.name, agent.agentId);
    return;
  }
  await readEach(pass, planned);
  if (failed.size === 0 && areAllWhole(pass, list)) await readFleetList(pass, list, true);
}

async function readEach(pass: Pass, planned: readonly PlannedVisit[]): Promise<void> {
  const visits = planned.map(({ visit }) => visit);
  await roundRobin(visits, pass.deps.concurrency, pass.signal, (visit) => stepVisit(pass, visit));
}

/** Whether the lists of all agents can stand for theirs: after a wipe only the agents' own lists tell. */
function hasFleetLists({ deps: { store }, options, listed }: Pass): boolean {
  if (options.agentId !== undefined || listed.vanished > 0 || listed.ill || store.syncState.isReplacing()) return false;
  return store.apiState.read()?.generation === 3;
}

/** Reads the lists beside agents, runs and signals that are due. */
async function readRecordLists(pass: Pass): Promise<void> {
  const { deps, options, tally } = pass;
  // A caller that waits for a pass did not ask for them.
  if (options.idlePages === 0) return;
  const asked = { isFull: options.full === true, hasNewSignals: tally.added.signals > 0 };
  await readDue(pass, commonListsDue(deps.store, deps.clock.now(), asked));
  await readDue(pass, agentListsDue(deps.store, deps.clock.now()));
}

async function readDue({ deps, options, agents, signal, failed, tally }: Pass, due: readonly DueList[]): Promise<void> {
  tally.beginLists(due.length);
  const asked = { signal, priority: options.priority, isWhole: options.full === true };
  for (const { list, owner } of due) {
    try {
      tally.closeList(await readRecords({ ...deps, agents }, list, owner, asked));
    } catch (error) {
      if (!(error instanceof ApiError) || error.stopsThePass) throw error;
      const { kind, message } = error;
      const agentId = owner === '' ? null : owner;
      failed.set(`${list.name}:${owner}`, { agentId, list: list.name, kind, message });
      tally.closeList(0);
    }
  }
}

/**
 * One pass: lists the agents, then updates the lists of those that may have moved. It commits every page as it comes,
 * so a pass may end anywhere.
 * @throws ApiError when the API is unusable; UsageError for an agent that it does not list; StoppedError when asked to
 * stop; the signal's reason when it aborts.
 */
export async function runPass(deps: PassDeps, options: PassOptions = {}): Promise<PassSummary> {
  const { clock, client } = deps;
  const began = clock.monotonic();
  const before = { ...client.spent };
  const pass = beginPass(deps, options);
  // What has a lower priority, such as the details of runs, does not keep this pass waiting.
  const unwatch = client.watchWaits(({ ms, why, priority }) => {
    if (priority >= (options.priority ?? 0)) pass.tally.wait(clock.monotonic() + ms, why);
  });
  try {
    await readLists(pass);
  } catch (error) {
    recordFleetError(deps, options, error);
    throw error;
  } finally {
    unwatch();
  }
  const { listed, skipped, tally, failed } = pass;
  return {
    agents: listed.ids.length,
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

/** Records why the fleet was unreadable, for questions about the mirror's age. */
function recordFleetError({ store, clock }: PassDeps, options: PassOptions, error: unknown): void {
  if (options.agentId !== undefined || !(error instanceof ApiError || error instanceof FullError)) return;
  const kind = error instanceof ApiError ? error.kind : 'full';
  store.write(() =>
    store.syncState.saveFleet({ errorKind: kind, error: printable(messageOf(error)), errorAt: clock.now() }),
  );
}
