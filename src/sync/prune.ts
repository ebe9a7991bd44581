import type { Clock } from '../clock.ts';
import type { StoredAgent } from '../mirror/agents.ts';
import { tailOf } from '../mirror/list-state.ts';
import type { Store } from '../mirror/store.ts';
import { type SyncedList, syncedLists } from './lists.ts';
import { pruned } from './transitions.ts';

export interface PruneDeps {
  store: Store;
  clock: Clock;
  /** How old (in seconds) a row may get; 0: any age. */
  keepSeconds: number;
  /** Rows per transaction, for a list that takes the usual share; 500 unless given. */
  batchSize?: number;
}

/** The pause between two transactions, so that other work gets the thread and the file. */
const breathMs = 5;

/**
 * Removes the rows that are too old to keep, a few at a time; then the explanations that no row uses any more. `ending`
 * stops it; the next call goes on from there.
 * @returns how many rows it removed. The file reuses their space.
 */
export async function prune(deps: PruneDeps, ending: AbortSignal): Promise<number> {
  const { store, clock, keepSeconds, batchSize = 500 } = deps;
  if (keepSeconds === 0) return 0;
  const keepFrom = clock.now() - keepSeconds;
  /**
   * One transaction. It skips a list whose whole walk is running, because the rows that the walk counted would
   * disappear.
   */
  function removeSome(agent: StoredAgent, { name, pruneShare }: SyncedList): number {
    const state = store.syncState.read(agent.id, name);
    if (tailOf(state)) return 0;
    const { rows, listed } = store.lists[name].removeOld(agent.id, keepFrom, Math.ceil(batchSize * pruneShare));
    // Rows that upstream has dropped itself do not count as missing.
    if (listed === 0) return rows;
    store.syncState.save(pruned(state, listed, keepFrom));
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
