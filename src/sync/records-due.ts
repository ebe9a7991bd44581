import type { RecordList } from '../lists/record-list.ts';
import { recordListsByName } from '../lists/records.ts';
import type { RecordListState } from '../mirror/records.ts';
import type { Store } from '../mirror/store.ts';

/** People make most of these rows, so that the lists change rarely: a pass reads those that were read an hour ago. */
const dueSeconds = 3600;
/** An agent's own list is asked for once a day, and only if the agent was seen since; one that failed after an hour. */
const agentDueSeconds = 86_400;
/** Lists of agents that one pass reads: a fleet of thousands takes some hours. */
const maxAgentLists = 20;

/** A list to read, and whose: an agent's, or (empty) the organisation's. */
export interface DueList {
  list: RecordList;
  owner: string;
}

const isMissing = (store: Store, name: string) =>
  store.records.state({ list: name, owner: '' })?.errorKind === 'not_found';

/** The lists that passes read, of those that this generation of the API has. */
function offeredLists(store: Store): RecordList[] {
  const generation = store.apiState.read()?.generation ?? 3;
  const lists: RecordList[] = Object.values(recordListsByName);
  return lists.filter(
    ({ since, isOnDemand, insteadOf }) =>
      since <= generation && isOnDemand !== true && (insteadOf === undefined || isMissing(store, insteadOf)),
  );
}

const stateOf = (store: Store, { name: list }: RecordList, owner: string) => store.records.state({ list, owner });

/**
 * The organisation's lists that a pass is to read.
 * @param asked what the pass did: `isFull` reads all lists, `hasNewSignals` those that follow signals.
 */
export function commonListsDue(
  store: Store,
  now: number,
  asked: { isFull: boolean; hasNewSignals: boolean },
): DueList[] {
  // An API that lacks a list is not asked for it more often than others are.
  const follows = ({ name, followsSignals = false }: RecordList) => followsSignals && !isMissing(store, name);
  const isDue = (list: RecordList) =>
    asked.isFull || (asked.hasNewSignals && follows(list)) || answeredAt(stateOf(store, list, '')) <= now - dueSeconds;
  const ofAll = offeredLists(store).filter(({ path }) => typeof path === 'string');
  return ofAll.filter(isDue).map((list) => ({ list, owner: '' }));
}

/** The agents' lists that a pass is to read, once it has read the organisation's: some stand in for one of these. */
export function agentListsDue(store: Store, now: number): DueList[] {
  const ofAgents = offeredLists(store).filter(({ path }) => typeof path !== 'string');
  return ofAgents.flatMap((list) =>
    agentsDue(store, now, (agentId) => stateOf(store, list, agentId)).map((owner) => ({ list, owner })),
  );
}

/** When the API last sent a list, or said that it has none; 0: not yet. */
function answeredAt(state: RecordListState | undefined): number {
  const { readAt = null, errorKind = null, errorAt = null } = state ?? {};
  return Math.max(readAt ?? 0, errorKind === 'not_found' ? (errorAt ?? 0) : 0);
}

/** The agents whose list is to be read, those that were never asked for first: no list that fails is in others' way. */
function agentsDue(store: Store, now: number, listOf: (agentId: string) => RecordListState | undefined): string[] {
  return store.agents
    .all()
    .filter(({ pass, goneAt }) => pass !== null && goneAt === null)
    .map(({ agentId, lastSeen }) => {
      const state = listOf(agentId);
      return { agentId, lastSeen, at: answeredAt(state), failedAt: state?.errorAt ?? 0 };
    })
    .filter(({ lastSeen, at }) => at <= now - agentDueSeconds && (lastSeen === null || at <= lastSeen))
    .filter(({ at, failedAt }) => failedAt <= Math.max(at, now - dueSeconds))
    .sort((one, other) => Math.max(one.at, one.failedAt) - Math.max(other.at, other.failedAt))
    .slice(0, maxAgentLists)
    .map(({ agentId }) => agentId);
}
