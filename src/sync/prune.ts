import type { Clock } from '../clock.ts';
import type { StoredAgent } from '../mirror/agents.ts';
import type { Store } from '../mirror/store.ts';
import { type SyncedList, syncedLists } from './lists.ts';

export interface PruneDeps {
  store: Store;
  clock: Clock;
  /** How old (in seconds) a row may get; 0: any age. */
  keepSeconds: number;
  /** Rows a transaction, of a list that takes the usual share; 500 unless given. */
  batchSize?: number;
}

/** Between two transactions: others may want the thread, or the file. */
const breathMs = 5;

/**
 * Removes the rows that are too old to keep, a few at a time; then the explanations
 * that nothing has any more. `ending` makes it stop; the next time it goes on.
 * @returns how many rows it removed. Their space in the file is used again.
 */
export async function prune(deps: PruneDeps, ending: AbortSignal): Promise<number> {
  const { store, clock, keepSeconds, batchSize = 500 } = deps;
  if (keepSeconds === 0) return 0;
  const keepFrom = clock.now() - keepSeconds;
  /** One transaction. A list whose whole walk is under way is left alone, or what the walk counted would no longer be there. */
  function removeSome(agent: StoredAgent, { name, pruneShare }: SyncedList): number {
    const state = store.syncState.read(agent.id, name);
    if (state.tailPass !== null) return 0;
    const { rows, listed } = store.lists[name].removeOld(agent.id, keepFrom, Math.ceil(batchSize * pruneShare));
    // What upstream has dropped itself is missed by nobody.
    if (listed === 0) return rows;
    store.syncState.save({
      ...state,
      rows: state.rows - listed,
      // Upstream still counts them.
      deficit: state.deficit + listed,
      keptFrom: Math.max(state.keptFrom, keepFrom),
      coveredFrom: state.coveredFrom === null ? null : Math.max(state.coveredFrom, keepFrom),
    });
    return rows;
  }

  let removed = 0;
  for (const agent of store.agents.all()) {
    // Signals go before the runs that they name.
    for (const list of syncedLists.toReversed()) {
      for (let rows = 1; rows > 0 && !ending.aborted; removed += rows) {
        rows = store.write(() => removeSome(agent, list));
        if (rows > 0) await clock.sleep(breathMs, ending).catch(() => {});
      }
    }
  }
  if (removed > 0 && !ending.aborted) store.write(() => store.removeUnusedExplanations());
  return removed;
}
