import { createHash } from 'node:crypto';
import type { ListState } from '../mirror/sync-state.ts';

/** Which lists are walked whole for their age alone, and which were kept shorter than they are to be. All of it is pure. */

/** When an agent's lists are to be walked: the latest of its own moments, which come round every `everySeconds`. */
function lastMoment(agentId: string, now: number, everySeconds: number): number {
  const share = createHash('sha256').update(agentId).digest().readUInt32BE() / 2 ** 32;
  const offset = share * everySeconds;
  return Math.floor((now - offset) / everySeconds) * everySeconds + offset;
}

export interface KnownList {
  agentId: string;
  state: ListState;
}

const keyOf = ({ agent, list }: ListState) => `${list}:${agent}`;

/** What could not be read is looked at so often (in seconds): the backend may have been mended. */
const unreadSeconds = 600;

/**
 * The lists (as `list:agent number`) that a pass is to begin to walk whole, as their last whole walk ended before the agent's
 * latest moment. Every agent has moments of its own, so that walks are spread over the time between two of them.
 * Of those the longest overdue go first, and only as many as `pages` pages can be expected to cover, besides the walks that
 * are under way; one that needs more goes alone, over several passes.
 * @param everySeconds between two walks; 0: never, but for lists with rows that could not be read.
 */
export function listsDue(
  lists: readonly KnownList[],
  now: number,
  { everySeconds, pages, pageSize }: { everySeconds: number; pages: number; pageSize: number },
): Set<string> {
  const pagesOf = (rows: number) => Math.max(1, Math.ceil(rows / pageSize));
  const begun = lists.filter(({ state }) => state.tailPass !== null && state.fullPass > 0);
  const due = lists
    .filter(({ agentId, state: { fullAt, tailPass, unread } }) => {
      const every = unread === 0 ? everySeconds : Math.min(everySeconds || unreadSeconds, unreadSeconds);
      if (fullAt === null || tailPass !== null || every === 0) return false;
      // A walk in the future was made under another clock.
      return fullAt > now || fullAt < lastMoment(agentId, now, every);
    })
    .sort((a, b) => (a.state.fullAt ?? 0) - (b.state.fullAt ?? 0));
  let left = begun.reduce((rest, { state }) => rest - pagesOf(state.rows - state.tailCursor), pages);
  const chosen = new Set<string>();
  for (const { state } of due) {
    if (left <= 0) break;
    chosen.add(keyOf(state));
    left -= pagesOf(state.rows);
  }
  return chosen;
}

/** Whether the list was cut off at a later time than it is now to be kept from, so that rows are missing. */
export function isCutTooShort(state: Pick<ListState, 'keptFrom'>, keepFrom: number): boolean {
  return state.keptFrom > keepFrom;
}
