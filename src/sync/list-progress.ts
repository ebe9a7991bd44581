import type { ListState } from '../mirror/sync-state.ts';
import type { FoundPage, ListPage } from './lists.ts';
import { isWhole, type judgePage } from './plan.ts';

/** Computes the state of a list after a page is stored. Everything here is pure. */

type TailPage = Pick<ListPage, 'reach'> & Pick<FoundPage, 'isNameless'>;
type Walked = ReturnType<typeof judgePage>;

/** Whether the list is still as it was when we requested the page: no other process has read on meanwhile. */
export function isAsExpected(state: ListState, expected: ListState): boolean {
  return (
    state.headPass === expected.headPass &&
    state.headCursor === expected.headCursor &&
    state.tailPass === expected.tailPass &&
    state.tailCursor === expected.tailCursor &&
    state.tailEnded === expected.tailEnded &&
    state.donePass === expected.donePass
  );
}

/** The list's state after a page of a head pass. */
export function headMoved(state: ListState, pass: number, walked: Walked, page: ListPage): ListState {
  if (!walked.ended) {
    const coveredFrom = walked.gap ? state.coveredFrom : (page.reach ?? state.coveredFrom);
    return { ...state, headPass: pass, headCursor: walked.cursor, coveredFrom };
  }
  const coveredFrom = isWhole(state) ? state.keptFrom : state.tailFrom;
  return { ...state, headPass: null, headCursor: 0, donePass: Math.max(state.donePass, pass), coveredFrom };
}

/** The list's state after a page of a tail pass. */
export function tailMoved(state: ListState, pass: number, cursor: number, walked: Walked, page: TailPage): ListState {
  const tailFrom = walked.gap ? state.tailFrom : (page.reach ?? state.tailFrom);
  const isFirst = state.fullPass === 0 && state.headPass === null;
  return {
    ...state,
    tailPass: pass,
    tailCursor: walked.cursor,
    tailFrom,
    tailBad: (cursor === 0 ? 0 : state.tailBad) + walked.bad + walked.old,
    tailUnread: (cursor === 0 ? 0 : state.tailUnread) + walked.unread,
    tailNameless: (cursor > 0 && state.tailNameless) || page.isNameless,
    tailEnded: walked.ended,
    coveredFrom: isFirst ? tailFrom : state.coveredFrom,
  };
}
