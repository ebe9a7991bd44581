import { and, eq, isNull, lt, sql } from 'drizzle-orm';
import type { Mirror } from '../db/open.ts';
import { agents } from '../db/schema.ts';
import { allExcluded } from './stamps.ts';

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

/** All that is known of an agent whose row could never be read. */
const nothingTold: Omit<AgentRow, 'agentId'> = {
  lastSeen: null,
  runCount: 0,
  signalCount: 0,
  criticalCount: 0,
  highCount: 0,
  sparkline: '[]',
  failureTypes: '{}',
  extra: null,
};

export type StoredAgent = typeof agents.$inferSelect;

export interface AgentStore {
  all(): StoredAgent[];
  find(agentId: string): StoredAgent | undefined;
  /** The agent's number; an agent that no list has shown yet gets one. */
  ensure(agentId: string): number;
  put(row: AgentRow, pass: number): void;
  /** The list shows the agent, in a row that could not be read: what was known of it stays. */
  keep(agentId: string, pass: number): void;
  /** Marks the agents that the listing of `pass` did not show. @returns how many were shown until then. */
  markUnseen(pass: number, now: number): number;
}

export function createAgentStore({ db }: Mirror): AgentStore {
  const find = db
    .select()
    .from(agents)
    .where(eq(agents.agentId, sql.placeholder('agentId')))
    .prepare();

  // Prepared once: building the statement anew would take longer than running it.
  const all = db.select().from(agents).prepare();
  const { id: _, ...listed } = allExcluded(agents);
  const upsert = db
    .insert(agents)
    .values({
      agentId: sql.placeholder('agentId'),
      lastSeen: sql.placeholder('lastSeen'),
      runCount: sql.placeholder('runCount'),
      signalCount: sql.placeholder('signalCount'),
      criticalCount: sql.placeholder('criticalCount'),
      highCount: sql.placeholder('highCount'),
      sparkline: sql.placeholder('sparkline'),
      failureTypes: sql.placeholder('failureTypes'),
      extra: sql.placeholder('extra'),
      pass: sql.placeholder('pass'),
      goneAt: null,
    })
    .onConflictDoUpdate({ target: agents.agentId, set: listed })
    .prepare();

  const restamp = db
    .update(agents)
    .set({ pass: sql`${sql.placeholder('pass')}`, goneAt: null })
    .where(eq(agents.agentId, sql.placeholder('agentId')))
    .prepare();

  const markUnseen = db
    .update(agents)
    .set({ goneAt: sql`${sql.placeholder('now')}` })
    .where(and(lt(agents.pass, sql.placeholder('pass')), isNull(agents.goneAt)))
    .prepare();

  return {
    all: () => all.all(),
    find: (agentId) => find.get({ agentId }),
    ensure: (agentId) =>
      find.get({ agentId })?.id ?? db.insert(agents).values({ agentId }).returning({ id: agents.id }).get().id,
    put: (row, pass) => {
      upsert.run({ ...row, pass });
    },
    keep: (agentId, pass) => {
      if (find.get({ agentId })?.pass != null) restamp.run({ agentId, pass });
      else upsert.run({ ...nothingTold, agentId, pass });
    },
    markUnseen: (pass, now) => markUnseen.run({ pass, now }).changes,
  };
}
