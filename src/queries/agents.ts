import { desc, eq, isNull, sql } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { vAgents } from '../mirror/views.ts';
import { parseCounts } from './json.ts';

export interface AgentItem {
  agentId: string;
  runCount: number;
  signalCount: number;
  criticalCount: number;
  highCount: number;
  /** Unix seconds. */
  lastSeen: number | null;
  /** Signals by failure type, most frequent first. */
  failureTypes: [string, number][];
}

/** All agents that the API lists, most recently seen first, with the API's own counts. */
export function listAgents({ db }: Reader): AgentItem[] {
  const rows = db
    .select()
    .from(vAgents)
    .where(isNull(vAgents.goneAt))
    .orderBy(desc(vAgents.lastSeen), vAgents.agentId)
    .all();
  return rows.map(({ failureTypes, ...row }) => ({ ...row, failureTypes: parseCounts(failureTypes) }));
}

/** Whether the mirror knows the agent, from any list or run. */
export function isKnownAgent({ db }: Reader, agentId: string): boolean {
  return db.select({ one: sql`1` }).from(vAgents).where(eq(vAgents.agentId, agentId)).get() !== undefined;
}
