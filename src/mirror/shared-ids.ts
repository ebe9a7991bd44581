import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Mirror } from '../db/open.ts';
import { sharedIds } from '../db/sync-tables.ts';
import type { ListName } from '../lists/names.ts';

/** One id of an agent's list whose row in the mirror is another agent's; `key` is that row's number. */
export interface SharedId {
  list: ListName;
  agent: number;
  key: number;
}

/** What is known of ids that two agents have: see the table. To be called in a transaction. */
export interface SharedIdStore {
  has(id: SharedId): boolean;
  /** Whether one of these agents is known to share an id with another for good. */
  isCommon(list: ListName, agents: readonly number[]): boolean;
  /** `lasts`: the other agent's list showed the id too, after this one's had. */
  add(id: SharedId, lasts: boolean): void;
  remove(id: SharedId): void;
  /** The backend was wiped. */
  clear(): void;
}

export function createSharedIdStore({ db, sqlite }: Mirror): SharedIdStore {
  // Asked of every row that comes back after a wipe.
  const remove = sqlite.prepare<SharedId>(
    'delete from shared_ids where list = @list and agent = @agent and key = @key',
  );
  const at = ({ list, agent, key }: SharedId) =>
    and(eq(sharedIds.list, list), eq(sharedIds.agent, agent), eq(sharedIds.key, key));
  return {
    has: (id) => db.select().from(sharedIds).where(at(id)).get() !== undefined,
    isCommon: (list, agents) =>
      db
        .select()
        .from(sharedIds)
        .where(and(eq(sharedIds.list, list), inArray(sharedIds.agent, [...agents]), eq(sharedIds.lasts, true)))
        .limit(1)
        .get() !== undefined,
    add: (id, lasts) => {
      db.insert(sharedIds)
        .values({ ...id, lasts })
        .onConflictDoUpdate({
          target: [sharedIds.list, sharedIds.agent, sharedIds.key],
          set: { lasts: sql`max(${sharedIds.lasts}, excluded.lasts)` },
        })
        .run();
    },
    remove: (id) => {
      remove.run(id);
    },
    clear: () => {
      db.delete(sharedIds).run();
    },
  };
}
