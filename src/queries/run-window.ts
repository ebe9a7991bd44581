import { and, eq, gte, isNotNull, isNull, lte, type SQL, sql } from 'drizzle-orm';
import { runs } from '../mirror/schema.ts';

/** Unix seconds at which a run took place; a run whose times are not known is in no window. */
export const runTime = sql`coalesce(${runs.startedAt}, ${runs.completedAt})`;

/** The runs of an agent since a moment, and until another if one is given; both belong to the window. */
export const runsSince = (agentId: string, since: number, until?: number): SQL | undefined =>
  and(
    eq(runs.agent, sql`(select id from agents where agent_id = ${agentId})`),
    isNull(runs.goneAt),
    isNotNull(runs.pass),
    gte(runTime, since),
    until === undefined ? undefined : lte(runTime, until),
  );
