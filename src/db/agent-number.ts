import { eq, type SQL, sql } from 'drizzle-orm';
import type { Reader } from './open.ts';
import { prepared } from './prepared.ts';
import { agents } from './schema.ts';
import { untilChanged } from './unchanged.ts';

/** The number that rows hold instead of an agent's id. */
export const agentNumber = (agentId: string): SQL => sql`(select id from agents where agent_id = ${agentId})`;

const found = prepared((db) =>
  db
    .select({ id: agents.id })
    .from(agents)
    .where(eq(agents.agentId, sql.placeholder('agentId')))
    .prepare(),
);

const kept = untilChanged<number>();

/** The same, looked up; no row has that of an agent that is not known. */
export const numberOfAgent = (reader: Reader, agentId: string): number =>
  kept(reader, agentId, () => found(reader).get({ agentId })?.id ?? 0);
