import { daySeconds } from '../days.ts';
import { nameOf, numberOfAgent } from '../db/codes.ts';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { isListedRun, runTime } from '../db/run-kinds.ts';
import { runTokens } from './run-tokens.ts';

/** The windows, in days, shortest first. */
export const tokenDays = [1, 7, 30] as const;
const longest = 30;

/** US dollars for tokens of a model (null: the events don't name it); undefined: its price is not known. */
export type CostOf = (model: string | null, prompt: number, completion: number) => number | undefined;

/** The tokens of an agent's runs in a window. A sum is null where none of its values is known. */
export interface TokenWindow {
  days: number;
  runs: number;
  /** From events alone. */
  promptTokens: number | null;
  completionTokens: number | null;
  totalTokens: number | null;
  costUsd: number | null;
  /** Runs with a signal, and their share of the tokens. */
  failedRuns: number;
  failedTokens: number | null;
  /** How many runs' tokens come from each source. */
  tokensFrom: { events: number; list: number; nowhere: number };
  /** The same for costs: from the server, from the price table, and runs in which some call has no price. */
  costFrom: { server: number; prices: number; nowhere: number };
  /** Models without a price. */
  unpriced: string[];
  /** Most tokens first; a run with several types counts for each. */
  types: { failureType: string; runs: number; tokens: number | null }[];
}

interface Spent {
  prompt: number;
  completion: number;
  calls: number;
  /** Calls that report tokens. */
  counted: number;
  cost: number;
  /** Models that have tokens and no price. */
  unpriced: string[];
}

interface Run {
  /** Unix seconds. */
  at: number;
  totalTokens: number | null;
  costUsd: number | null;
  /** Undefined: its events are not mirrored. */
  events: Spent | undefined;
}

const unnamed = '(no model named)';

interface RunRow {
  id: number;
  at: number;
  totalTokens: number | null;
  costUsd: number | null;
  /** For a run without events these are null. */
  model: number | null;
  calls: number | null;
  counted: number | null;
  prompt: number | null;
  completion: number | null;
}

const ofAgent = `r.agent = @agent and ${runTime} >= @from and ${runTime} <= @end and ${isListedRun}`;

/** A row for each model of a run; one without sums for a run without events. */
const runRows = preparedSql<RunRow>(`
  select r.id, ${runTime} as at, r.total_tokens as totalTokens, r.cost_usd as costUsd, m.model, m.calls, m.counted, m.prompt,
    m.completion
  from runs r left join run_sums m on m.run = r.id where ${ofAgent}`);

const failures = preparedSql<{ run: number; type: number }>(`
  select distinct s.run, s.failure_type as type from runs r cross join signals s on s.run = r.id and s.gone_at is null
  where ${ofAgent}`);

/** Looks up the names of numbers, each once. */
function createNames(reader: Reader): (id: number) => string {
  const known = new Map<number, string>();
  return (id) => {
    const name = known.get(id) ?? nameOf(reader, id);
    known.set(id, name);
    return name;
  };
}

/** The distinct failure types of each run with signals in a window, by the run's number. */
function runFailures(reader: Reader, window: Window): Map<number, Set<string>> {
  const typeOf = createNames(reader);
  const found = new Map<number, Set<string>>();
  for (const { run, type } of failures(reader).all(window)) {
    const types = found.get(run);
    if (types) types.add(typeOf(type));
    else found.set(run, new Set([typeOf(type)]));
  }
  return found;
}

/** An agent, by its number, and the time span in which its runs count. */
type Window = { agent: number; from: number; end: number };

function runsOf(reader: Reader, window: Window, costOf: CostOf): Map<number, Run> {
  const modelOf = createNames(reader);
  const found = new Map<number, Run>();
  for (const row of runRows(reader).all(window)) {
    const { id, at, totalTokens, costUsd, model: code, calls, counted, prompt, completion } = row;
    const run = found.get(id) ?? { at, totalTokens, costUsd, events: undefined };
    found.set(id, run);
    if (code === null || calls === null || counted === null || prompt === null || completion === null) continue;
    const spent = run.events ?? { prompt: 0, completion: 0, calls: 0, counted: 0, cost: 0, unpriced: [] };
    run.events = spent;
    const model = modelOf(code) || null;
    const cost = counted === 0 ? 0 : costOf(model, prompt, completion);
    if (cost === undefined) spent.unpriced.push(model ?? unnamed);
    spent.prompt += prompt;
    spent.completion += completion;
    spent.calls += calls;
    spent.counted += counted;
    spent.cost += cost ?? 0;
  }
  return found;
}

function costOfRun({ costUsd, events }: Run, tokensFrom: 'events' | 'list' | 'nowhere') {
  if (costUsd !== null) return { from: 'server', cost: costUsd } as const;
  if (tokensFrom !== 'events' || !events) return { from: 'nowhere', cost: null } as const;
  const { cost, unpriced, calls, counted } = events;
  if (unpriced.length === 0 && counted === calls) return { from: 'prices', cost } as const;
  const hasPriced = unpriced.length === 0 ? counted > 0 : cost > 0;
  return { from: 'nowhere', cost: hasPriced ? cost : null } as const;
}

/** Sums up the runs of one window. */
function createTally(days: number) {
  const tokensFrom = { events: 0, list: 0, nowhere: 0 };
  const costFrom = { server: 0, prices: 0, nowhere: 0 };
  const sums = { runs: 0, prompt: 0, completion: 0, total: 0, cost: 0, withCost: 0, failed: 0, failedTokens: 0 };
  const unpriced = new Set<string>();
  const types = new Map<string, { runs: number; known: number; tokens: number }>();

  function addFailures(failures: ReadonlySet<string>, total: number, isKnown: boolean): void {
    sums.failed += 1;
    sums.failedTokens += total;
    for (const failureType of failures) {
      const struck = types.get(failureType) ?? { runs: 0, known: 0, tokens: 0 };
      struck.runs += 1;
      struck.known += isKnown ? 1 : 0;
      struck.tokens += total;
      types.set(failureType, struck);
    }
  }

  function add(run: Run, failures: ReadonlySet<string> | undefined): void {
    const { from, total } = runTokens(run);
    const cost = costOfRun(run, from);
    tokensFrom[from] += 1;
    costFrom[cost.from] += 1;
    sums.runs += 1;
    sums.total += total;
    sums.cost += cost.cost ?? 0;
    sums.withCost += cost.cost === null ? 0 : 1;
    if (from === 'events' && run.events) {
      sums.prompt += run.events.prompt;
      sums.completion += run.events.completion;
      if (run.costUsd === null) for (const model of run.events.unpriced) unpriced.add(model);
    }
    if (failures) addFailures(failures, total, from !== 'nowhere');
  }

  function result(): TokenWindow {
    const { runs: all, prompt, completion, total, cost, withCost, failed, failedTokens } = sums;
    const unless = (isUnknown: boolean, value: number) => (isUnknown && all > 0 ? null : value);
    const noEvents = tokensFrom.events === 0;
    const nothing = tokensFrom.nowhere === all;
    const byType = [...types].map(([failureType, struck]) => ({
      failureType,
      runs: struck.runs,
      tokens: struck.known === 0 ? null : struck.tokens,
    }));
    return {
      days,
      runs: all,
      promptTokens: unless(noEvents, prompt),
      completionTokens: unless(noEvents, completion),
      totalTokens: unless(nothing, total),
      costUsd: unless(withCost === 0, cost),
      failedRuns: failed,
      failedTokens: unless(nothing, failedTokens),
      tokensFrom,
      costFrom,
      unpriced: [...unpriced].sort(),
      types: byType.sort((a, b) => (b.tokens ?? 0) - (a.tokens ?? 0) || a.failureType.localeCompare(b.failureType)),
    };
  }

  return { days, add, result };
}

/**
 * The tokens and costs of an agent's runs in the 1, 7 and 30 days up to `end` (Unix seconds). Tokens come from a run's
 * events where they are mirrored and count tokens, otherwise from the runs list. The cost is the server's if it reports
 * one, otherwise that of the priced model calls in the events.
 */
export function tokenStats(reader: Reader, agentId: string, end: number, costOf: CostOf): TokenWindow[] {
  const window = { agent: numberOfAgent(reader, agentId), from: end - longest * daySeconds, end };
  const failed = runFailures(reader, window);
  const tallies = tokenDays.map(createTally);
  for (const [id, run] of runsOf(reader, window, costOf)) {
    const types = failed.get(id);
    for (const tally of tallies) if (run.at >= end - tally.days * daySeconds) tally.add(run, types);
  }
  return tallies.map((tally) => tally.result());
}
