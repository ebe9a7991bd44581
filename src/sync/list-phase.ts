import type { ListState } from '../mirror/sync-state.ts';

/** A running walk to the end of a list. */
export interface TailWalk {
  /** The offset up to which it has read; 0: it starts at the top. */
  cursor: number;
  /** It is at the end of the list; its count has yet to be compared with the total. */
  hasEnded: boolean;
}

/** The phase of a list, as in the diagram in plan.ts. */
export type ListPhase =
  | { is: 'never read' }
  /** It once equalled the API's list, as far as its rows are readable. */
  | { is: 'whole' }
  /** `filling`: for the first time; `reconciling`: a list that was whole; `replacing`: the rows of a wiped backend. */
  | { is: 'filling' | 'reconciling' | 'replacing'; tail: TailWalk };

/** Reads the phase from the row of a list. A head pass may run in any of them. */
export function phaseOf(
  state: Pick<ListState, 'fullPass' | 'tailPass' | 'tailCursor' | 'tailEnded' | 'tailReplaces'>,
): ListPhase {
  const { fullPass, tailPass, tailCursor, tailEnded, tailReplaces } = state;
  if (tailPass === null) return { is: fullPass > 0 ? 'whole' : 'never read' };
  const tail = { cursor: tailCursor, hasEnded: tailEnded };
  return { is: tailReplaces ? 'replacing' : fullPass > 0 ? 'reconciling' : 'filling', tail };
}
