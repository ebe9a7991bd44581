import { type ListState, type TailWalk, tailOf } from '../mirror/list-state.ts';
import { endOfList, isAsExpected } from './plan.ts';
import { counted, settled, tailBegun } from './transitions.ts';
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
    store.syncState.save(counted(state, left, total));
  });
}

/**
 * The tail pass has seen the whole list: if the counts agree, marks what upstream dropped (after a wipe: removes it).
 */
export function settle(visit: VisitState, isAccepted: boolean): void {
  const { rows, deps, seen } = visit;
  const { store, agent, clock, keepFrom } = deps;
  writeOf(visit, () => {
    const state = readState(visit);
    const tail = tailOf(state);
    if (!tail?.hasEnded || seen.total === null) return;
    const agrees = rows.countSince(agent.id, tail.pass) + tail.bad === seen.total;
    if (agrees || isAccepted) {
      removeUnseen(visit, state, tail, agrees);
      const live = { rows: rows.countLive(agent.id), total: seen.total };
      store.syncState.save(settled(state, tail, { ...live, now: clock.now(), keepFrom }));
      return;
    }
    seen.mismatches += 1;
    seen.headSeen = false;
    // Reading the top again explains rows that arrived meanwhile. If that did not help, read the whole list again.
    if (seen.mismatches % 2 === 0) store.syncState.save(tailBegun(state, store.syncState.nextPass()));
  });
}

/** Marks or removes what the tail pass did not see. */
function removeUnseen({ rows, deps }: VisitState, { phase }: ListState, tail: TailWalk, agrees: boolean): void {
  const { agent, clock, keepFrom } = deps;
  if (phase.is === 'replacing') rows.removeUnseen(agent.id, tail.pass);
  // A row without a known id may be any of those that the pass did not see.
  else if (agrees && !tail.isNameless) rows.markUnseen(agent.id, tail.pass, clock.now(), keepFrom);
}
