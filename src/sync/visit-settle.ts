import { type ListState, tailAnew } from '../mirror/sync-state.ts';
import { isAsExpected } from './list-progress.ts';
import { endOfList } from './plan.ts';
import { unreadSettled } from './unread.ts';
import { readState, type VisitState, writeOf } from './visit-state.ts';

/** Runs at the end of a list: it finds rows that the API no longer lists, there or by their absence. */

/**
 * Looks where the mirror's part of the list should end upstream. If nothing above has moved, the API dropped the
 * mirror's rows below there, where the oldest rows are.
 */
export async function checkEnd(visit: VisitState, expected: ListState, signal: AbortSignal): Promise<void> {
  const { list, rows, deps, seen } = visit;
  const { client, store, agent, pageSize, priority, clock, keepFrom } = deps;
  seen.mayCheckEnd = false;
  const total = seen.total ?? 0;
  const offset = Math.max(0, Math.min(total, expected.rows + 1) - visit.size);
  const page = await list.fetch(client, agent.agentId, { offset, limit: pageSize, signal, priority });
  writeOf(visit, () => {
    const state = readState(visit);
    if (!isAsExpected(state, expected) || page.total !== total || !rows.order) return;
    const end = endOfList({ ...page.find(store, agent.id, keepFrom), hasMore: page.hasMore }, offset);
    if (!end) return;
    const { above, below } = rows.order.countAround(agent.id, end.place);
    if (above !== end.offset || (below > 0 && !end.isLast)) return;
    const left = state.rows - rows.order.markBelow(agent.id, end.place, clock.now(), keepFrom);
    store.syncState.save({ ...state, rows: left, deficit: total - left });
  });
}

/**
 * The tail pass has seen the whole list: if the counts agree, marks what upstream dropped (after a wipe: removes it).
 */
export function settle(visit: VisitState, isAccepted: boolean): void {
  const { rows, deps, seen } = visit;
  const { store, agent } = deps;
  writeOf(visit, () => {
    const state = readState(visit);
    if (state.tailPass === null || !state.tailEnded || seen.total === null) return;
    const agrees = rows.countSince(agent.id, state.tailPass) + state.tailBad === seen.total;
    if (agrees || isAccepted) {
      store.syncState.save(settled(visit, state, state.tailPass, seen.total, agrees));
      return;
    }
    seen.mismatches += 1;
    seen.headSeen = false;
    // Reading the top again explains rows that arrived meanwhile. If that did not help, read the whole list again.
    if (seen.mismatches % 2 === 0)
      store.syncState.save({ ...state, ...tailAnew, tailPass: store.syncState.nextPass() });
  });
}

/** Marks or removes what the tail pass did not see. @returns the state of the list after it. */
function settled(
  { rows, deps }: VisitState,
  state: ListState,
  tailPass: number,
  total: number,
  agrees: boolean,
): ListState {
  const { agent, clock, keepFrom } = deps;
  if (state.tailReplaces) rows.removeUnseen(agent.id, tailPass);
  // A row without a known id may be any of those that the pass did not see.
  else if (agrees && !state.tailNameless) rows.markUnseen(agent.id, tailPass, clock.now(), keepFrom);
  const live = rows.countLive(agent.id);
  const keptFrom = state.tailBad > 0 ? Math.min(state.keptFrom, keepFrom) : 0;
  const after: ListState = {
    ...state,
    ...tailAnew,
    tailPass: null,
    tailReplaces: false,
    donePass: Math.max(state.donePass, tailPass),
    fullPass: tailPass,
    fullAt: clock.now(),
    coveredFrom: state.headPass === null ? keptFrom : state.coveredFrom,
    keptFrom,
    rows: live,
    deficit: total - live,
    unread: state.tailUnread,
  };
  return { ...after, ...unreadSettled(after) };
}
