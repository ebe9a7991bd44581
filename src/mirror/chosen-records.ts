import { and, eq, sql } from 'drizzle-orm';
import * as z from 'zod';
import type { Mirror } from '../db/open.ts';
import { recordLists, records } from '../db/sync-tables.ts';
import { isOfAgents, type RecordList } from '../lists/record-list.ts';
import { recordListsByName } from '../lists/records.ts';

type Db = Mirror['db'];
type IsWanted = (agentId: string) => boolean;

const ofAgent = z.object({ agent_id: z.string().optional().catch(undefined) });

/** Whether the row stays: it is of no agent, of all (`*`), or of one that is mirrored. */
function isLeft(list: RecordList, { owner, body }: typeof records.$inferSelect, isWanted: IsWanted): boolean {
  if (isOfAgents(list)) return isWanted(owner);
  const { agent_id: agentId } = ofAgent.parse(JSON.parse(body));
  // What only questions read may be of any agent: they read it again.
  return list.isOnDemand !== true && (agentId === undefined || agentId === '*' || isWanted(agentId));
}

/** Removes the rows, and the lists, of agents that are not mirrored. To be called in a transaction. */
export function removeOtherRecords(db: Db, isWanted: IsWanted): void {
  const lists: RecordList[] = Object.values(recordListsByName);
  for (const list of lists) {
    for (const row of db.select().from(records).where(eq(records.list, list.name)).all())
      if (!isLeft(list, row, isWanted))
        db.delete(records)
          .where(and(eq(records.list, row.list), eq(records.key, row.key)))
          .run();
    if (!isOfAgents(list)) continue;
    for (const { owner } of db.select().from(recordLists).where(eq(recordLists.list, list.name)).all())
      if (!isWanted(owner))
        db.delete(recordLists)
          .where(and(eq(recordLists.list, list.name), eq(recordLists.owner, owner)))
          .run();
  }
  const live = sql`(select count(*) from records r
    where r.list = record_lists.list and r.owner = record_lists.owner and r.gone_at is null)`;
  db.update(recordLists).set({ rows: live }).run();
}
