import type { AgentNews } from './agent-news.ts';

/** The orders of the list of agents; the first is the usual one. All of it is pure. */
export const agentSorts = ['gravity', 'name', 'last_seen', 'signals'] as const;
export type AgentSort = (typeof agentSorts)[number];

/** What an agent's place in the list comes from. */
export interface AgentFacts {
  agentId: string;
  signalCount: number;
  criticalCount: number;
  highCount: number;
  /** Unix seconds. */
  lastSeen: number | null;
  news: AgentNews;
}

/** An agent's place in an order: the larger numbers go first, one after another; then the smaller id. */
export interface AgentPlace {
  numbers: readonly number[];
  agentId: string;
}

/** What a span of time brought of an agent, as far as its gravity goes. */
export interface Newness {
  /** Whether its runs fail more often than before. */
  isWorse: boolean;
  /** Whether it fails in a way it never did. */
  isFirst: boolean;
  signals: number;
  critical: number;
  high: number;
}

/**
 * Which agent needs a look first: one that fails in a way it never did and whose runs fail more often than before, then
 * one of which either is so; then by its new signals, gravest first.
 */
export const gravityOf = ({ isWorse, isFirst, critical, high, signals }: Newness): number[] => [
  Number(isFirst) + Number(isWorse),
  critical,
  high,
  signals,
];

/** Agents alike in what is new go by all that they ever had. */
function gravity({ signalCount, criticalCount, highCount, lastSeen, news }: AgentFacts): number[] {
  const newness = { ...news, isWorse: news.risen !== undefined, isFirst: news.firstTypes.length > 0 };
  return [...gravityOf(newness), criticalCount + highCount, signalCount, lastSeen ?? -1];
}

const numbersOf: Readonly<Record<AgentSort, (facts: AgentFacts) => number[]>> = {
  gravity,
  name: () => [],
  last_seen: ({ lastSeen }) => [lastSeen ?? -1],
  signals: ({ signalCount, lastSeen }) => [signalCount, lastSeen ?? -1],
};

export const placeOf = (sort: AgentSort, facts: AgentFacts): AgentPlace => ({
  numbers: numbersOf[sort](facts),
  agentId: facts.agentId,
});

/** Below 0: `a` goes before `b`. */
export function comparePlaces(a: AgentPlace, b: AgentPlace): number {
  const at = a.numbers.findIndex((number, index) => number !== b.numbers[index]);
  if (at !== -1) return (b.numbers[at] ?? 0) - (a.numbers[at] ?? 0);
  return a.agentId < b.agentId ? -1 : a.agentId > b.agentId ? 1 : 0;
}
