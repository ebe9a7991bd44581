import { and, asc, eq, isNull, lt, or, sql } from 'drizzle-orm';
import type { Mirror } from '../db/open.ts';
import { agents, serverHealth } from '../db/schema.ts';
import { syncState } from '../db/sync-tables.ts';
import type { Changes } from './changes.ts';

/** What the server itself says of the agents' health. */
export interface ServerHealthStore {
  /**
   * Agents whose score is to be asked for: those without one, those that a pass has visited since theirs was fetched, and those whose
   * score was fetched before `before` (Unix seconds), oldest first. Not agents whose lists the API does not find either (an id with a slash).
   */
  due(before: number): { agent: number; agentId: string }[];
  /** `body` is JSON text. */
  put(agent: number, body: string, now: number): void;
  clear(): void;
}

export function createServerHealthStore({ db }: Mirror, changes: Changes): ServerHealthStore {
  const ofAgent = eq(syncState.agent, agents.id);
  const visitedAt = sql`(select max(${syncState.beganAt}) from ${syncState} where ${ofAgent})`;
  const isLost = sql`exists (select 1 from ${syncState} where ${and(ofAgent, eq(syncState.errorKind, 'not_found'))})`;
  const due = db
    .select({ agent: agents.id, agentId: agents.agentId })
    .from(agents)
    .leftJoin(serverHealth, eq(serverHealth.agent, agents.id))
    .where(
      and(
        isNull(agents.goneAt),
        sql`${agents.pass} is not null`,
        sql`not ${isLost}`,
        or(
          isNull(serverHealth.fetchedAt),
          lt(serverHealth.fetchedAt, sql.placeholder('before')),
          lt(serverHealth.fetchedAt, visitedAt),
        ),
      ),
    )
    .orderBy(asc(serverHealth.fetchedAt), asc(agents.id))
    .prepare();

  return {
    due: (before) => due.all({ before }),
    put: (agent, body, now) => {
      const row = { agent, body, fetchedAt: now };
      db.insert(serverHealth).values(row).onConflictDoUpdate({ target: serverHealth.agent, set: row }).run();
      changes.other();
    },
    clear: () => {
      db.delete(serverHealth).run();
    },
  };
}
