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
