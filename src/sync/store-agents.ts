import type { Clock } from '../clock.ts';
import { agentRow } from '../lists/agents.ts';
import type { Store } from '../mirror/store.ts';
import type { Listing } from './listing.ts';
import { shortShape } from './unread.ts';

export interface StoredListing {
  /** The agents that the list shows, as far as their ids are readable. */
  ids: string[];
  /** Agents whose rows are unreadable, or may be among the unreadable rows: we do not know what moved for them. */
  inDoubt: string[];
  /** How many agents the list showed until now and shows no more. */
  vanished: number;
}

/** Stores what the agents list shows. An agent with an unreadable row stays as it was. */
export function storeAgents(
  store: Store,
  clock: Pick<Clock, 'now'>,
  { rows, badRows, isWhole }: Pick<Listing, 'rows' | 'badRows' | 'isWhole'>,
): StoredListing {
  const readable = new Set(rows.map(({ row }) => row.agent_id));
  const keys = badRows.flatMap(({ key }) => (typeof key === 'string' && !readable.has(key) ? key : []));
  const unread = [...new Set(keys)];
  const isNameless = badRows.some(({ key }) => key === undefined);
  const ids = [...readable, ...unread];
  return store.write(() => {
    const pass = store.syncState.nextPass();
    const content = store.content.policy();
    for (const row of rows) store.agents.put(agentRow(row, content), pass);
    for (const agentId of unread) store.agents.keep(agentId, pass);
    // A row without a known id may be any of the agents that we did not see.
    const known = isNameless ? store.agents.all().filter(({ goneAt }) => goneAt === null) : [];
    const unseen = known.filter((agent) => agent.pass !== pass).map(({ agentId }) => agentId);
    const vanished = isWhole && !isNameless ? store.agents.markUnseen(pass, clock.now()) : 0;
    store.syncState.saveFleet({ unreadAgents: badRows.length, unreadShape: shortShape(badRows[0]?.shape) });
    return { ids, inDoubt: [...unread, ...unseen], vanished };
  });
}
