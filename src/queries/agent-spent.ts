import type { Window } from '../days.ts';
import { numberOfAgent } from '../db/codes.ts';
import type { Reader } from '../db/open.ts';
import { plusFrom, type SpentFrom, sourcesOf } from './breakdown-spent.ts';
import { type CostOf, type SpentRun, spentIn } from './token-runs.ts';
import { runFailures } from './token-stats.ts';

/** Tokens (with reasoning) and US dollars; null: nothing of it is known. */
export interface Spent {
  tokens: number | null;
  cost: number | null;
}

/** What runs that called a model, or may have, spent in a window; and of it those with a signal. */
export interface AgentSpent extends SpentFrom {
  all: Spent;
  failed: Spent & { runs: number };
}

/** A sum of values of which some may be unknown; unknown only if all are. */
function sumOf(values: readonly (number | null)[]): number | null {
  const known = values.flatMap((value) => value ?? []);
  return known.length === 0 && values.length > 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

const spentBy = (runs: readonly SpentRun[]): Spent => ({
  tokens: sumOf(runs.map(({ tokens }) => (tokens.from === 'nowhere' ? null : tokens.total + tokens.reasoning))),
  cost: sumOf(runs.map(({ cost }) => cost.cost)),
});

/** What an agent's runs of a window spent; the numbers are those of get_agent_token_stats. */
export function agentSpent(reader: Reader, agentId: string, { from, end }: Window, costOf: CostOf): AgentSpent {
  const window = { agent: numberOfAgent(reader, agentId), from, end };
  const runs = spentIn(reader, window, costOf).filter(({ mayHaveCalls }) => mayHaveCalls);
  const failures = runFailures(reader, window);
  const failed = runs.filter(({ id }) => failures.has(id));
  return { ...sourcesOf(runs), all: spentBy(runs), failed: { ...spentBy(failed), runs: failed.length } };
}

const nothing: AgentSpent = {
  runs: 0,
  tokensFrom: { events: 0, list: 0, nowhere: 0 },
  costFrom: { server: 0, prices: 0, nowhere: 0 },
  otherwise: { runs: 0, listed: 0 },
  unpriced: [],
  all: { tokens: 0, cost: 0 },
  failed: { tokens: 0, cost: 0, runs: 0 },
};

/** What several agents spent together. */
export function spentTogether(agents: readonly AgentSpent[]): AgentSpent {
  // Of an agent without such runs it is known that it spent nothing, which must not make the sum a known one.
  const [first = nothing, ...rest] = agents.filter(({ runs }) => runs > 0);
  return rest.reduce(
    (one, other) => ({
      ...plusFrom(one, other),
      all: { tokens: sumOf([one.all.tokens, other.all.tokens]), cost: sumOf([one.all.cost, other.all.cost]) },
      failed: plusFailed(one, other),
    }),
    first,
  );
}

/** An agent without failed runs adds nothing. */
function plusFailed({ failed: a }: AgentSpent, { failed: b }: AgentSpent): AgentSpent['failed'] {
  if (a.runs === 0 || b.runs === 0) return a.runs === 0 ? b : a;
  return { runs: a.runs + b.runs, tokens: sumOf([a.tokens, b.tokens]), cost: sumOf([a.cost, b.cost]) };
}
