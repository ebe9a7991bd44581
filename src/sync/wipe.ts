import type { Store } from '../mirror/store.ts';

/** Rows that were replaced by others of their ids, of which no fewer tell that the backend was wiped. */
const severalRows = 2;

/** What a page says of a wipe. */
export interface WipeSigns {
  /** Rows that were replaced by others of their ids. */
  changed: number;
  /** How many rows the list has now, and how many it had with those that this page brings. */
  total: number;
  expected: number;
  /** The agents list has lost agents since it was last read. */
  agentsVanished: boolean;
}

/**
 * Whether the backend was wiped, so that ids began again at 1: several rows have become others, or one did where a list
 * has become shorter. One row alone may as well be two agents' at once.
 */
export function isWipe({ changed, total, expected, agentsVanished }: WipeSigns): boolean {
  return changed >= severalRows || (changed > 0 && (total < expected || agentsVanished));
}

/** The backend was wiped: nothing that the mirror has is current until a list shows it again. */
export function markWiped(store: Store, now: number): void {
  store.syncState.replaceEverything();
  for (const rows of Object.values(store.lists)) rows.markAll(now);
  store.serverHealth.clear();
  store.sharedIds.clear();
}
