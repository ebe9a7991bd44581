import type { ListState } from '../mirror/sync-state.ts';

/** A walk to the end of a list, under way. */
export interface TailWalk {
  /** The offset up to which it has read; 0: it begins at the top. */
  cursor: number;
  /** It is at the end of the list, and its count is still to be held against the total. */
  hasEnded: boolean;
}

/** Where a list stands, as the diagram in plan.ts draws it. */
export type ListPhase =
  | { is: 'never read' }
  /** Once equal to the API's, as far as its rows can be read. */
  | { is: 'whole' }
  /** `filling` for the first time; `reconciling` one that was whole; `replacing` the rows of a wiped backend. */
  | { is: 'filling' | 'reconciling' | 'replacing'; tail: TailWalk };

/** Reads the phase from the row of a list. A head pass may be under way in any of them. */
export function phaseOf(
  state: Pick<ListState, 'fullPass' | 'tailPass' | 'tailCursor' | 'tailEnded' | 'tailReplaces'>,
): ListPhase {
  const { fullPass, tailPass, tailCursor, tailEnded, tailReplaces } = state;
  if (tailPass === null) return { is: fullPass > 0 ? 'whole' : 'never read' };
  const tail = { cursor: tailCursor, hasEnded: tailEnded };
  return { is: tailReplaces ? 'replacing' : fullPass > 0 ? 'reconciling' : 'filling', tail };
}
