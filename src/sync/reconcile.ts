import { createHash } from 'node:crypto';
import { fullPassOf, isUnproven, type ListState, tailOf } from '../mirror/list-state.ts';

/**
 * Decides which lists to walk whole for their age alone, and which lists we cut shorter than they should be now.
 * Everything here is pure.
 */

/** When to walk an agent's lists: the latest of the agent's own moments, which recur every `everySeconds`. */
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

/** How often (in seconds) we look again at unreadable rows: the backend may have been fixed. */
const unreadSeconds = 600;

/**
 * The lists (as `list:agent number`) that a pass must begin to walk whole, because their last whole walk ended before
 * the agent's latest moment. Every agent has moments of its own, which spreads the walks over time. The longest overdue
 * lists go first, and only as many as `pages` pages can probably cover, besides the running walks; a list that needs
 * more goes alone, over several passes.
 * @param everySeconds between two walks; 0: never, except for lists with unreadable rows, or taken from another mirror.
 */
export function listsDue(
  lists: readonly KnownList[],
  now: number,
  { everySeconds, pages, pageSize }: { everySeconds: number; pages: number; pageSize: number },
): Set<string> {
  const pagesOf = (rows: number) => Math.max(1, Math.ceil(rows / pageSize));
  const due = lists
    .filter(({ agentId, state }) => {
      const { fullAt, unread } = state;
      const isSettled = unread === 0 && !isUnproven(state);
      const every = isSettled ? everySeconds : Math.min(everySeconds || unreadSeconds, unreadSeconds);
      if (fullAt === null || tailOf(state) || every === 0) return false;
      // A walk in the future ran under another clock.
      return fullAt > now || fullAt < lastMoment(agentId, now, every);
    })
    .sort((a, b) => (a.state.fullAt ?? 0) - (b.state.fullAt ?? 0));
  let left = pages;
  for (const { state } of lists) {
    const tail = tailOf(state);
    if (tail && fullPassOf(state) > 0) left -= pagesOf(state.rows - tail.cursor);
  }
  const chosen = new Set<string>();
  for (const { state } of due) {
    if (left <= 0) break;
    chosen.add(keyOf(state));
    left -= pagesOf(state.rows);
  }
  return chosen;
}

/** Whether we cut the list off at a later time than we must keep it from now, so that rows are missing. */
export function isCutTooShort(state: Pick<ListState, 'keptFrom'>, keepFrom: number): boolean {
  return state.keptFrom > keepFrom;
}
