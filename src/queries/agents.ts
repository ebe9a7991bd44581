import { and, desc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import { numberOfAgent } from '../db/codes.ts';
import type { Reader } from '../db/open.ts';
import { prepared, preparedByShape } from '../db/prepared.ts';
import { vAgents } from '../db/views.ts';
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

/** Where a page ended. */
export type AgentPosition = readonly [lastSeen: number | null, agentId: string];

const itemOf = ({ failureTypes, ...row }: typeof vAgents.$inferSelect): AgentItem => ({
  ...row,
  failureTypes: parseCounts(failureTypes),
});

type After = 'seen' | 'never seen';

function after(position: After) {
  const [lastSeen, agentId] = [sql.placeholder('lastSeen'), sql.placeholder('agentId')];
  if (position === 'never seen') return and(isNull(vAgents.lastSeen), gt(vAgents.agentId, agentId));
  const sameTime = and(eq(vAgents.lastSeen, lastSeen), gt(vAgents.agentId, agentId));
  return or(lt(vAgents.lastSeen, lastSeen), sameTime, isNull(vAgents.lastSeen));
}

const isListed = isNull(vAgents.goneAt);

const pageOfShape = preparedByShape((db, position: After | 'start') =>
  db
    .select()
    .from(vAgents)
    .where(and(isListed, position === 'start' ? undefined : after(position)))
    .orderBy(desc(vAgents.lastSeen), vAgents.agentId)
    .limit(sql.placeholder('limit'))
    .prepare(),
);

const listed = prepared((db) => db.select({ total: sql<number>`count(*)` }).from(vAgents).where(isListed).prepare());

interface AgentPage {
  items: readonly AgentItem[];
  total: number;
}

/** The agents that the API lists, most recently seen first, with the API's own counts; and how many there are. */
export function listAgents(
  reader: Reader,
  { limit, after: position }: { limit: number; after?: AgentPosition | undefined },
): AgentPage {
  const [lastSeen, agentId] = position ?? [];
  const shape = position === undefined ? 'start' : lastSeen === null ? 'never seen' : 'seen';
  const rows = pageOfShape(reader, shape).all({ limit, lastSeen, agentId });
  return { items: rows.map(itemOf), total: listed(reader).get()?.total ?? 0 };
}

const named = prepared((db) =>
  db
    .select()
    .from(vAgents)
    .where(eq(vAgents.agentId, sql.placeholder('agentId')))
    .prepare(),
);

/** What the API last listed about an agent; an agent that it no longer lists is still known. */
export function findAgent(reader: Reader, agentId: string): AgentItem | undefined {
  const row = named(reader).get({ agentId });
  return row && itemOf(row);
}

/** Whether the mirror knows an agent, without reading its data. */
export function isKnownAgent(reader: Reader, agentId: string): boolean {
  return numberOfAgent(reader, agentId) > 0;
}

/** The ids of all agents that the mirror knows, most recently seen first. */
export function agentIds({ db }: Reader): string[] {
  const rows = db.select({ agentId: vAgents.agentId }).from(vAgents).orderBy(desc(vAgents.lastSeen)).all();
  return rows.map(({ agentId }) => agentId);
}
