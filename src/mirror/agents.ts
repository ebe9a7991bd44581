import { and, eq, isNull, lt, notExists, sql } from 'drizzle-orm';
import type { Mirror } from '../db/open.ts';
import { agents, runs, serverHealth, signals } from '../db/schema.ts';
import { sharedIds, syncState } from '../db/sync-tables.ts';
import { wordsOf } from '../db/words.ts';
import type { AgentRow } from '../lists/agents.ts';
import type { Changes } from './changes.ts';
import { writerOf } from './row-writer.ts';
import { changeOf } from './stamps.ts';

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

/** An agent that no list has shown yet. */
const nothingKnown: Omit<StoredAgent, 'id' | 'agentId'> = {
  lastSeen: null,
  runCount: null,
  signalCount: null,
  criticalCount: null,
  highCount: null,
  sparkline: null,
  failureTypes: null,
  extra: null,
  goneAt: null,
  pass: null,
};

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
  /** Removes an agent whose runs and signals are removed, with all that is known of it. */
  remove(id: number): void;
}

export function createAgentStore({ db, sqlite }: Mirror, changes: Changes): AgentStore {
  const find = db
    .select()
    .from(agents)
    .where(eq(agents.agentId, sql.placeholder('agentId')))
    .prepare();

  // Prepared once: building a statement takes longer than running it.
  const all = db.select().from(agents).prepare();
  const writer = writerOf<StoredAgent, 'id'>(sqlite, agents, 'id');
  const addWords = sqlite.prepare<[number, string]>('insert into agents_fts (rowid, agent_id) values (?, ?)');

  const dropWords = sqlite.prepare<[number, string]>(
    "insert into agents_fts (agents_fts, rowid, agent_id) values ('delete', ?, ?)",
  );

  /** Signals of another agent may name a run of this one: it goes to that agent. */
  function removeRuns(id: number): void {
    const naming = db.select({ agent: signals.agent }).from(signals).where(eq(signals.run, runs.id)).limit(1);
    db.delete(runs)
      .where(and(eq(runs.agent, id), notExists(naming)))
      .run();
    db.update(runs)
      .set({ agent: sql`(${naming})` })
      .where(eq(runs.agent, id))
      .run();
  }

  const restamp = db
    .update(agents)
    .set({ pass: sql`${sql.placeholder('pass')}` })
    .where(eq(agents.id, sql.placeholder('id')))
    .prepare();

  const markUnseen = db
    .update(agents)
    .set({ goneAt: sql`${sql.placeholder('now')}` })
    .where(and(lt(agents.pass, sql.placeholder('pass')), isNull(agents.goneAt)))
    .prepare();

  function add(row: Omit<StoredAgent, 'id'>): number {
    const id = writer.insert(row);
    addWords.run(id, wordsOf(row.agentId));
    changes.other();
    return id;
  }

  function put(row: Omit<StoredAgent, 'id'>): void {
    const known = find.get({ agentId: row.agentId });
    if (!known) {
      add(row);
      return;
    }
    const next = { ...row, id: known.id };
    const change = changeOf(next, known);
    if (change === 'row') {
      writer.update(next);
      changes.other();
    } else if (change === 'stamp') restamp.run({ id: known.id, pass: row.pass });
  }

  return {
    all: () => all.all(),
    find: (agentId) => find.get({ agentId }),
    ensure: (agentId) => find.get({ agentId })?.id ?? add({ ...nothingKnown, agentId }),
    put: (row, pass) => put({ ...row, pass, goneAt: null }),
    keep: (agentId, pass) => {
      const known = find.get({ agentId });
      put(known?.pass == null ? { ...nothingTold, agentId, pass, goneAt: null } : { ...known, pass, goneAt: null });
    },
    markUnseen: (pass, now) => {
      const gone = markUnseen.run({ pass, now }).changes;
      if (gone > 0) changes.other();
      return gone;
    },
    remove: (id) => {
      removeRuns(id);
      for (const table of [serverHealth, sharedIds, syncState]) db.delete(table).where(eq(table.agent, id)).run();
      const [removed] = db.delete(agents).where(eq(agents.id, id)).returning().all();
      if (removed) dropWords.run(id, wordsOf(removed.agentId));
      changes.other();
    },
  };
}
