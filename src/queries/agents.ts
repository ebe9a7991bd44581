import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import { numberOfAgent } from '../db/codes.ts';
import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { vAgents } from '../db/views.ts';
import { type AgentNews, agentNews } from './agent-news.ts';
import { type AgentPlace, type AgentSort, comparePlaces, placeOf } from './agent-order.ts';
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

const itemOf = ({ failureTypes, ...row }: typeof vAgents.$inferSelect): AgentItem => ({
  ...row,
  failureTypes: parseCounts(failureTypes),
});

const isListed = isNull(vAgents.goneAt);

const newestSeen = prepared((db) =>
  db
    .select()
    .from(vAgents)
    .where(isListed)
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
export function listAgents(reader: Reader, { limit }: { limit: number }): AgentPage {
  return { items: newestSeen(reader).all({ limit }).map(itemOf), total: listed(reader).get()?.total ?? 0 };
}

const facts = prepared((db) =>
  db
    .select({
      agentId: vAgents.agentId,
      signalCount: vAgents.signalCount,
      criticalCount: vAgents.criticalCount,
      highCount: vAgents.highCount,
      lastSeen: vAgents.lastSeen,
    })
    .from(vAgents)
    .where(isListed)
    .prepare(),
);

const withIds = prepared((db) =>
  db
    .select()
    .from(vAgents)
    .where(and(isListed, sql`${vAgents.agentId} in (select value from json_each(${sql.placeholder('ids')}))`))
    .prepare(),
);

/** An agent of a list, and what is new with it. */
export interface ListedAgent extends AgentItem {
  news: AgentNews;
  place: AgentPlace;
}

interface AgentsWanted {
  sort: AgentSort;
  limit: number;
  /** Where the page before ended. */
  after?: AgentPlace | undefined;
  /** Up to when there is news, in Unix seconds. */
  end: number;
}

/** The agents that the API lists in an order, after a place, with the API's own counts; and how many there are. */
export function orderedAgents(
  reader: Reader,
  { sort, limit, after, end }: AgentsWanted,
): { items: ListedAgent[]; total: number } {
  const newsOf = agentNews(reader, end);
  const all = facts(reader).all();
  const page = all
    .map((agent) => ({ ...agent, news: newsOf(agent.agentId) }))
    .map((agent) => ({ news: agent.news, place: placeOf(sort, agent) }))
    .filter(({ place }) => !after || comparePlaces(after, place) < 0)
    .sort((a, b) => comparePlaces(a.place, b.place))
    .slice(0, limit);
  const rows = withIds(reader).all({ ids: JSON.stringify(page.map(({ place }) => place.agentId)) });
  const byId = new Map(rows.map((row) => [row.agentId, itemOf(row)]));
  const items = page.flatMap(({ news, place }) => {
    const item = byId.get(place.agentId);
    return item ? { ...item, news, place } : [];
  });
  return { items, total: all.length };
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
