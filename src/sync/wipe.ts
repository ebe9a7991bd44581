import type { Store } from '../mirror/store.ts';
import { wiped } from './transitions.ts';

/** How many rows, at least, must be replaced by others of the same ids to show that the backend was wiped. */
const severalRows = 2;

/** What a page shows of a wipe. */
export interface WipeSigns {
  /** Rows that another row of the same id replaced. */
  changed: number;
  /** How many rows the list has now, and how many it had, including those that this page brings. */
  total: number;
  expected: number;
  /** The agents list has lost agents since it was last read. */
  agentsVanished: boolean;
}

/**
 * Whether the backend was wiped, so that ids restarted at 1: several rows have become others, or one did and the list
 * has become shorter. A single row may also belong to two agents at once.
 */
export function isWipe({ changed, total, expected, agentsVanished }: WipeSigns): boolean {
  return changed >= severalRows || (changed > 0 && (total < expected || agentsVanished));
}

/** Marks the backend as wiped: nothing in the mirror is current until a list shows it again. */
export function markWiped(store: Store, now: number): void {
  const pass = store.syncState.nextPass();
  for (const state of store.syncState.all()) store.syncState.save(wiped(state, pass));
  for (const rows of Object.values(store.lists)) rows.markAll(now);
  store.records.expireAll();
  store.serverHealth.clear();
  store.sharedIds.clear();
}
