import { eq, sql } from 'drizzle-orm';
import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { agents } from '../db/schema.ts';
import { syncState } from '../db/sync-tables.ts';
import { movingLists } from '../lists/names.ts';

const lists = prepared((db) =>
  db
    .select({ from: syncState.coveredFrom })
    .from(syncState)
    .innerJoin(agents, eq(agents.id, syncState.agent))
    .where(eq(agents.agentId, sql.placeholder('agentId')))
    .prepare(),
);

/**
 * Since when the mirror has all of an agent's runs and signals, in Unix seconds: 0 when it has the whole lists; null
 * when one of them is not mirrored yet.
 */
export function coveredFrom(reader: Reader, agentId: string): number | null {
  const froms = lists(reader)
    .all({ agentId })
    .flatMap((list) => (list.from === null ? [] : [list.from]));
  return froms.length < movingLists.length ? null : Math.max(...froms);
}
