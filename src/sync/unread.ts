import { type ListState, tailOf } from '../mirror/list-state.ts';

/** What the mirror records of unreadable rows. Everything here is pure. */

/** How many characters we keep of what is wrong with a row. */
const maxShape = 300;

export const shortShape = (shape: string | undefined): string | null => shape?.slice(0, maxShape) ?? null;

/** A list's state after a page: the pass has met `unread` unread rows up to here, `shapes` are those of the page. */
export function unreadAfter(state: ListState, page: { unread: number; shapes: readonly string[] }): ListState {
  return {
    ...state,
    // Only a walk of the whole list can show that there are fewer.
    unread: Math.max(state.unread, tailOf(state)?.unread ?? 0, page.unread),
    unreadShape: shortShape(page.shapes[0]) ?? state.unreadShape,
  };
}

/**
 * A list's state once we have compared its rows with its total. Any difference between the total and the rows that the
 * list shows counts as unread: we do not know what it is. For a list cut by age, we can't tell.
 */
export function unreadSettled(state: ListState): ListState {
  const { rows, deficit, keptFrom, unread, unreadShape } = state;
  // With unread rows, the mirror may also keep some rows that are gone, because we can't tell which ones.
  const uncounted = keptFrom > 0 ? 0 : deficit < 0 && unread > 0 ? 0 : Math.abs(deficit);
  if (uncounted <= unread) return { ...state, unreadShape: unread > 0 ? unreadShape : null };
  const counts = `the list has a total of ${rows + deficit} rows and shows ${rows}`;
  return { ...state, unread: uncounted, unreadShape: unreadShape ?? counts };
}
