import { tailAnew } from '../mirror/sync-state.ts';
import type { ListVisit } from './list-visit.ts';
import type { SyncedList } from './lists.ts';
import { maxMismatches, nextMove, seenOf } from './plan.ts';
import { checkEnd, settle } from './visit-settle.ts';
import { beginVisit, readState, rest, type VisitDeps, type VisitState, writeOf } from './visit-state.ts';
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

/** What the agents list showed of the agent when the pass began: until that moves, we may skip the list. */
const seenNow = ({ deps: { agent, beganAt } }: VisitState) => ({ seen: seenOf(agent), beganAt });

async function step(visit: VisitState, signal: AbortSignal): Promise<boolean> {
  const { seen, deps } = visit;
  const state = readState(visit);
  seen.mayWalk = deps.idleBudget.pages > 0 || deps.rereads;
  const move = nextMove(state, seen);
  switch (move.do) {
    case 'rest':
    case 'accept':
      rest(visit, move.do === 'accept', seenNow(visit));
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
      if (move.kind === 'tail' && move.begin && !seen.full && state.fullPass !== 0) seen.mismatches += 1;
      await walk(visit, move.kind, move.begin, state, signal);
      return true;
  }
}

function fail(visit: VisitState, kind: string, message: string): void {
  const { clock, store } = visit.deps;
  writeOf(visit, () => {
    const state = readState(visit);
    const failed = { ...state, errorKind: kind, error: message, errorAt: clock.now() };
    // A missing list stays missing: we ask for it again when the agent moves.
    const hasNothing = kind === 'not_found' && state.rows === 0;
    store.syncState.save(
      hasNothing
        ? { ...failed, ...seenNow(visit), ...tailAnew, headPass: null, tailPass: null, tailReplaces: false }
        : failed,
    );
  });
}
