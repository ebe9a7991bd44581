import type { RecordList } from '../lists/record-list.ts';
import { recordListsByName } from '../lists/records.ts';
import type { Store } from '../mirror/store.ts';

/** People make most of these rows, so that the lists change rarely: a pass reads those that were read an hour ago. */
const dueSeconds = 3600;
/** An agent's own list is asked for once a day, and only if the agent was seen since. */
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

const readAt = (store: Store, { name }: RecordList, owner: string) =>
  store.records.state({ list: name, owner })?.readAt ?? 0;

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
    asked.isFull || (asked.hasNewSignals && follows(list)) || readAt(store, list, '') <= now - dueSeconds;
  const ofAll = offeredLists(store).filter(({ path }) => typeof path === 'string');
  return ofAll.filter(isDue).map((list) => ({ list, owner: '' }));
}

/** The agents' lists that a pass is to read, once it has read the organisation's: some stand in for one of these. */
export function agentListsDue(store: Store, now: number): DueList[] {
  return offeredLists(store)
    .filter(({ path }) => typeof path !== 'string')
    .flatMap((list) =>
      agentsDue(store, now, (agentId) => readAt(store, list, agentId)).map((owner) => ({ list, owner })),
    );
}

/** The agents whose list is to be read, those that were never asked for first. */
function agentsDue(store: Store, now: number, lastRead: (agentId: string) => number): string[] {
  return store.agents
    .all()
    .filter(({ pass, goneAt }) => pass !== null && goneAt === null)
    .map(({ agentId, lastSeen }) => ({ agentId, lastSeen, at: lastRead(agentId) }))
    .filter(({ lastSeen, at }) => at <= now - agentDueSeconds && (lastSeen === null || at <= lastSeen))
    .sort((one, other) => one.at - other.at)
    .slice(0, maxAgentLists)
    .map(({ agentId }) => agentId);
}
