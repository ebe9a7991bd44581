import { eq } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { agents, syncState } from '../mirror/schema.ts';

/**
 * From when on the mirror has all of an agent's runs and signals, in Unix seconds: 0 when it has the whole lists; null
 * when one of them is not mirrored yet.
 */
export function coveredFrom({ db }: Reader, agentId: string): number | null {
  const lists = db
    .select({ from: syncState.coveredFrom })
    .from(syncState)
    .innerJoin(agents, eq(agents.id, syncState.agent))
    .where(eq(agents.agentId, agentId))
    .all();
  const froms = lists.flatMap(({ from }) => (from === null ? [] : [from]));
  return froms.length < 2 ? null : Math.max(...froms);
}
