import type { ListState } from '../mirror/sync-state.ts';

/** What is noted of rows that can't be read. All of it is pure. */

/** Characters that are kept of what is wrong with a row. */
const maxShape = 300;

export const shortShape = (shape: string | undefined): string | null => shape?.slice(0, maxShape) ?? null;

/** What a list's state says after a page: `count` rows were unread in this pass so far, `shapes` are those of the page. */
export function unreadTold(
  state: Pick<ListState, 'unread' | 'unreadShape' | 'tailUnread'>,
  count: number,
  shapes: readonly string[],
): Pick<ListState, 'unread' | 'unreadShape'> {
  return {
    // Only a walk of the whole list finds out that there are fewer.
    unread: Math.max(state.unread, state.tailUnread, count),
    unreadShape: shortShape(shapes[0]) ?? state.unreadShape,
  };
}

/**
 * What a list's state says once its rows were held against its total. What the total tells of and the list does not show
 * (or the other way round) counts as unread: nobody knows what it is. Of a list that is cut by age that can't be told.
 */
export function unreadSettled(
  state: Pick<ListState, 'rows' | 'deficit' | 'keptFrom' | 'unread' | 'unreadShape'>,
): Pick<ListState, 'unread' | 'unreadShape'> {
  const { rows, deficit, keptFrom, unread, unreadShape } = state;
  // Where rows are unread, some that are gone may be kept besides, as nobody knows which.
  const uncounted = keptFrom > 0 ? 0 : deficit < 0 && unread > 0 ? 0 : Math.abs(deficit);
  if (uncounted > unread)
    return {
      unread: uncounted,
      unreadShape: unreadShape ?? `the list tells of ${rows + deficit} rows and shows ${rows}`,
    };
  return { unread, unreadShape: unread > 0 ? unreadShape : null };
}
