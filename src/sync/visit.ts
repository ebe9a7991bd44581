import type { ListVisit } from './list-visit.ts';
import type { SyncedList } from './lists.ts';
import { maxMismatches, nextMove } from './plan.ts';
import { counted, failed } from './transitions.ts';
import { checkEnd, settle } from './visit-settle.ts';
import { beginVisit, moveOn, readState, rest, seenNow, type VisitDeps, type VisitState } from './visit-state.ts';
import { walk } from './visit-walk.ts';

/** Reads one agent's list in one pass, a move at a time. */
export function createListVisit(list: SyncedList, deps: VisitDeps): ListVisit {
  const visit = beginVisit(list, deps);
  return {
    agentId: deps.agent.agentId,
    list: list.name,
    step: (signal) => step(visit, signal),
    fail: (kind, message) => fail(visit, kind, message),
  };
}

async function step(visit: VisitState, signal: AbortSignal): Promise<boolean> {
  const { seen, deps } = visit;
  const state = readState(visit);
  seen.mayWalk = deps.idleBudget.pages > 0 || deps.rereads;
  const next = nextMove(state, seen);
  switch (next.do) {
    case 'rest':
      rest(visit);
      return false;
    case 'accept':
      rest(visit, (known) => counted(known, known.rows, seen.total ?? known.rows + known.deficit));
      return false;
    case 'look again':
      seen.mismatches += 1;
      seen.headSeen = false;
      return true;
    case 'settle':
      settle(visit, seen.mismatches >= maxMismatches);
      return true;
    case 'check end':
      await checkEnd(visit, state, signal);
      return true;
    case 'walk':
      if (next.kind === 'tail' && next.begin && !seen.full && state.phase.is === 'whole') seen.mismatches += 1;
      await walk(visit, next.kind, next.begin, state, signal);
      return true;
  }
}

function fail(visit: VisitState, errorKind: string, error: string): void {
  const errorAt = visit.deps.clock.now();
  moveOn(visit, (state) => failed(state, { errorKind, error, errorAt }, seenNow(visit)));
}
