import { type SQL, sql } from 'drizzle-orm';

/** The number that rows hold instead of an agent's id. */
export const agentNumber = (agentId: string): SQL => sql`(select id from agents where agent_id = ${agentId})`;
