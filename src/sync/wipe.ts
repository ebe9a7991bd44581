import type { Store } from '../mirror/store.ts';

/** The backend was wiped: nothing that the mirror has is current until a list shows it again. */
export function markWiped(store: Store, now: number): void {
  store.syncState.replaceEverything();
  for (const rows of Object.values(store.lists)) rows.markAll(now);
  store.serverHealth.clear();
  store.sharedIds.clear();
}
