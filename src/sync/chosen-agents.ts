import type { AgentChoice } from '../agent-choice.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { StoredAgent } from '../mirror/agents.ts';
import type { Store } from '../mirror/store.ts';
import type { Listing } from './listing.ts';
import { syncedLists } from './lists.ts';

export interface ChosenDeps {
  store: Store;
  clock: Pick<Clock, 'sleep'>;
  log: Log;
  /** What DUNETRACE_AGENTS says. */
  agents: AgentChoice;
}

/** The pause between two transactions, so that other work gets the thread and the file. */
const breathMs = 5;
/** Rows per transaction, of a list that takes the usual share. */
const batchSize = 500;

/** What the agents list shows of the agents that are mirrored. An unreadable row without a readable id may be of any. */
export function chosenOf(listing: Listing, agents: AgentChoice): Listing {
  const { rows, badRows } = listing;
  return {
    ...listing,
    rows: rows.filter(({ row }) => agents.includes(row.agent_id)),
    badRows: badRows.filter(({ key }) => typeof key !== 'string' || agents.includes(key)),
  };
}

/**
 * Makes the mirror follow DUNETRACE_AGENTS: what it holds of other agents is removed, and the lists of all agents are due
 * again for those that come in. A crash leaves the rest to the next pass.
 */
export async function followAgents({ store, clock, log, agents }: ChosenDeps, signal: AbortSignal): Promise<void> {
  const onlyAgents = agents.globs || null;
  if ((store.syncState.fleet()?.onlyAgents ?? null) !== onlyAgents)
    store.write(() => {
      store.syncState.saveFleet({ onlyAgents });
      store.records.keepOnly(agents.includes);
      store.noteChange();
    });
  const others = store.agents.all().filter(({ agentId }) => !agents.includes(agentId));
  if (others.length === 0) return;
  for (const agent of others) await removeAgent(store, agent, clock, signal);
  store.write(() => store.removeUnusedExplanations());
  log.info(`rows of ${others.length} agents are removed that DUNETRACE_AGENTS (${agents.globs}) leaves out`);
}

/** Signals go before the runs that they name. */
async function removeAgent(store: Store, { id }: StoredAgent, clock: Pick<Clock, 'sleep'>, signal: AbortSignal) {
  for (const { name, pruneShare } of syncedLists.toReversed()) {
    for (let rows = 1; rows > 0; ) {
      rows = store.write(
        () => store.lists[name].removeOld(id, Number.MAX_VALUE, Math.ceil(batchSize * pruneShare)).rows,
      );
      await clock.sleep(breathMs, signal);
    }
  }
  store.write(() => store.agents.remove(id));
}
