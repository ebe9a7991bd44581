import { and, eq, isNull, sql } from 'drizzle-orm';
import { daySeconds } from '../days.ts';
import type { Reader } from '../mirror/open.ts';
import { names, runEvents, runs, signals } from '../mirror/schema.ts';
import { llmCalls } from './llm-calls.ts';
import { runsIn, runTime } from './spans.ts';

/** The windows, in days, shortest first. */
export const tokenDays = [1, 7, 30] as const;
const longest = 30;

/** US dollars for tokens of a model (null: the events don't name it); undefined: its price is not known. */
export type CostOf = (model: string | null, prompt: number, completion: number) => number | undefined;

/** The tokens of an agent's runs in a window. Where a sum is null, nothing is known of what it should be of. */
export interface TokenWindow {
  days: number;
  runs: number;
  /** From events alone. */
  promptTokens: number | null;
  completionTokens: number | null;
  totalTokens: number | null;
  costUsd: number | null;
  /** Runs with a signal, and their part of the tokens. */
  failedRuns: number;
  failedTokens: number | null;
  /** How many runs' tokens are from where. */
  tokensFrom: { events: number; list: number; nowhere: number };
  /** The same of costs: the server's, those by the price table, and runs of which not all calls have a price. */
  costFrom: { server: number; prices: number; nowhere: number };
  /** Models without a price. */
  unpriced: string[];
  /** Most tokens first; a run with several types counts for each. */
  types: { failureType: string; runs: number; tokens: number | null }[];
}

interface Spent {
  prompt: number;
  completion: number;
  cost: number;
  /** Calls that have counts, and calls that have none. */
  counted: number;
  uncounted: number;
  /** Models that have tokens and no price. */
  unpriced: string[];
}

interface Run {
  id: number;
  /** Unix seconds. */
  at: number;
  hasEvents: number;
  totalTokens: number | null;
  costUsd: number | null;
}

const unnamed = '(no model named)';

/** What the model calls of each run used, by run. */
function spending(reader: Reader, agentId: string, end: number, costOf: CostOf): Map<number, Spent> {
  const calls = llmCalls(reader, runsIn(agentId, { from: end - longest * daySeconds, end }));
  const isCounted = sql`(${calls.prompt} is not null or ${calls.completion} is not null)`;
  const rows = reader.db
    .select({
      run: calls.run,
      model: names.name,
      prompt: sql<number>`coalesce(sum(${calls.prompt}), 0)`,
      completion: sql<number>`coalesce(sum(${calls.completion}), 0)`,
      counted: sql<number>`sum(${isCounted})`,
      uncounted: sql<number>`sum(not ${isCounted})`,
    })
    .from(calls)
    .leftJoin(names, eq(names.id, calls.model))
    .groupBy(calls.run, sql`${calls.model}`)
    .all();
  const found = new Map<number, Spent>();
  for (const { run, model, prompt, completion, counted, uncounted } of rows) {
    const spent = found.get(run) ?? { prompt: 0, completion: 0, cost: 0, counted: 0, uncounted: 0, unpriced: [] };
    const cost = counted === 0 ? 0 : costOf(model, prompt, completion);
    if (cost === undefined) spent.unpriced.push(model ?? unnamed);
    spent.prompt += prompt;
    spent.completion += completion;
    spent.cost += cost ?? 0;
    spent.counted += counted;
    spent.uncounted += uncounted;
    found.set(run, spent);
  }
  return found;
}

/** The failure types of each run that has signals. */
function failures({ db }: Reader, agentId: string, end: number): Map<number, string[]> {
  const rows = db
    .selectDistinct({ run: signals.run, failureType: names.name })
    .from(runs)
    .innerJoin(signals, and(eq(signals.run, runs.id), isNull(signals.goneAt)))
    .innerJoin(names, eq(names.id, signals.failureType))
    .where(runsIn(agentId, { from: end - longest * daySeconds, end }))
    .all();
  const found = new Map<number, string[]>();
  for (const { run, failureType } of rows) found.set(run, [...(found.get(run) ?? []), failureType]);
  return found;
}

/** Where a run's tokens are known from, and how many there are. */
function tokensOf({ hasEvents, totalTokens }: Run, spent: Spent | undefined) {
  if (spent && spent.counted > 0) return { from: 'events', total: spent.prompt + spent.completion } as const;
  if (totalTokens !== null) return { from: 'list', total: totalTokens } as const;
  // Events without a model call: nothing was used. With calls that count no tokens: not known.
  return hasEvents && !spent ? ({ from: 'events', total: 0 } as const) : ({ from: 'nowhere', total: 0 } as const);
}

function costOfRun({ costUsd }: Run, spent: Spent | undefined, tokensFrom: 'events' | 'list' | 'nowhere') {
  if (costUsd !== null) return { from: 'server', cost: costUsd, unpriced: [] } as const;
  if (tokensFrom !== 'events') return { from: 'nowhere', cost: null, unpriced: [] } as const;
  const { cost, unpriced, uncounted, counted } = spent ?? { cost: 0, unpriced: [], uncounted: 0, counted: 0 };
  if (unpriced.length === 0 && uncounted === 0) return { from: 'prices', cost, unpriced } as const;
  const hasPriced = unpriced.length === 0 ? counted > 0 : cost > 0;
  return { from: 'nowhere', cost: hasPriced ? cost : null, unpriced } as const;
}

/**
 * The tokens and costs of an agent's runs in the 1, 7 and 30 days up to `end` (Unix seconds): from the events of a run
 * where they are mirrored and count tokens, else from the runs list; the cost is the server's where it tells one, else
 * that of the priced model calls in the events.
 */
export function tokenStats(reader: Reader, agentId: string, end: number, costOf: CostOf): TokenWindow[] {
  const rows: Run[] = reader.db
    .select({
      id: runs.id,
      at: sql<number>`${runTime}`,
      hasEvents: sql<number>`exists (select 1 from ${runEvents} where ${eq(runEvents.run, runs.id)})`,
      totalTokens: runs.totalTokens,
      costUsd: runs.costUsd,
    })
    .from(runs)
    .where(runsIn(agentId, { from: end - longest * daySeconds, end }))
    .all();
  const spentBy = spending(reader, agentId, end, costOf);
  const failed = failures(reader, agentId, end);
  const known = rows.map((run) => {
    const spent = spentBy.get(run.id);
    const tokens = tokensOf(run, spent);
    return { at: run.at, spent, tokens, cost: costOfRun(run, spent, tokens.from), types: failed.get(run.id) ?? [] };
  });
  return tokenDays.map((days) =>
    sumUp(
      days,
      known.filter(({ at }) => at >= end - days * daySeconds),
    ),
  );
}

interface KnownRun {
  spent: Spent | undefined;
  tokens: ReturnType<typeof tokensOf>;
  cost: ReturnType<typeof costOfRun>;
  types: readonly string[];
}

function sumUp(days: number, all: readonly KnownRun[]): TokenWindow {
  const sum = <Item>(items: readonly Item[], of: (item: Item) => number) =>
    items.reduce((total, item) => total + of(item), 0);
  const from = (source: KnownRun['tokens']['from']) => all.filter(({ tokens }) => tokens.from === source);
  const costsFrom = (source: KnownRun['cost']['from']) => all.filter(({ cost }) => cost.from === source).length;
  const known = all.filter(({ tokens }) => tokens.from !== 'nowhere');
  const failed = all.filter(({ types }) => types.length > 0);
  const withEvents = from('events');
  const total = (items: readonly KnownRun[]) => sum(items, ({ tokens }) => tokens.total);
  const unless = (isUnknown: boolean, value: number) => (isUnknown ? null : value);
  const isEmpty = all.length === 0;
  const types = [...new Set(failed.flatMap((run) => run.types))].map((failureType) => {
    const struck = failed.filter((run) => run.types.includes(failureType));
    const isUnknown = struck.every(({ tokens }) => tokens.from === 'nowhere');
    return { failureType, runs: struck.length, tokens: unless(isUnknown, total(struck)) };
  });
  const costs = all.flatMap(({ cost }) => (cost.cost === null ? [] : [cost.cost]));
  const noEvents = !isEmpty && withEvents.length === 0;
  const nothing = !isEmpty && known.length === 0;
  return {
    days,
    runs: all.length,
    promptTokens: unless(
      noEvents,
      sum(withEvents, ({ spent }) => spent?.prompt ?? 0),
    ),
    completionTokens: unless(
      noEvents,
      sum(withEvents, ({ spent }) => spent?.completion ?? 0),
    ),
    totalTokens: unless(nothing, total(known)),
    costUsd: unless(
      !isEmpty && costs.length === 0,
      sum(costs, (cost) => cost),
    ),
    failedRuns: failed.length,
    failedTokens: unless(nothing, total(failed)),
    tokensFrom: { events: withEvents.length, list: from('list').length, nowhere: from('nowhere').length },
    costFrom: { server: costsFrom('server'), prices: costsFrom('prices'), nowhere: costsFrom('nowhere') },
    unpriced: [...new Set(all.flatMap(({ cost }) => cost.unpriced))].sort(),
    types: types.sort((a, b) => (b.tokens ?? 0) - (a.tokens ?? 0) || a.failureType.localeCompare(b.failureType)),
  };
}
