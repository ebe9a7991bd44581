import { and, eq, isNull, lt, sql } from 'drizzle-orm';
import type { Mirror } from './open.ts';
import { agents } from './schema.ts';

/** A row of the agents list. `sparkline`, `failureTypes` and `extra` are JSON text. */
export interface AgentRow {
  agentId: string;
  lastSeen: number | null;
  runCount: number;
  signalCount: number;
  criticalCount: number;
  highCount: number;
  sparkline: string;
  failureTypes: string;
  extra: string | null;
}

export type StoredAgent = typeof agents.$inferSelect;

export interface AgentStore {
  all(): StoredAgent[];
  find(agentId: string): StoredAgent | undefined;
  /** The agent's number; an agent that no list has shown yet gets one. */
  ensure(agentId: string): number;
  put(row: AgentRow, pass: number): void;
  /** Marks the agents that the listing of `pass` did not show. @returns how many were shown until then. */
  markUnseen(pass: number, now: number): number;
}

export function createAgentStore({ db }: Mirror): AgentStore {
  const find = db
    .select()
    .from(agents)
    .where(eq(agents.agentId, sql.placeholder('agentId')))
    .prepare();

  function put(row: AgentRow, pass: number): void {
    const stored = { ...row, pass, goneAt: null };
    db.insert(agents).values(stored).onConflictDoUpdate({ target: agents.agentId, set: stored }).run();
  }

  return {
    all: () => db.select().from(agents).all(),
    find: (agentId) => find.get({ agentId }),
    ensure: (agentId) =>
      find.get({ agentId })?.id ?? db.insert(agents).values({ agentId }).returning({ id: agents.id }).get().id,
    put,
    markUnseen: (pass, now) =>
      db
        .update(agents)
        .set({ goneAt: now })
        .where(and(lt(agents.pass, pass), isNull(agents.goneAt)))
        .run().changes,
  };
}
