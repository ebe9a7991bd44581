import { daySeconds } from '../days.ts';
import { numberOfAgent } from '../db/codes.ts';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { isListedRun, runTime } from '../db/run-kinds.ts';
import { roundHalfEven } from './rounding.ts';
import { aMonthOf, type Baseline, baselineOf, excessOf, type Part, preventedBy, type Usage } from './token-baseline.ts';
import { type AgentWindow, type CostOf, createNames, type SpentRun, spentIn } from './token-runs.ts';

export type { CostOf } from './token-runs.ts';

/** The windows, in days, shortest first. */
export const tokenDays = [1, 7, 30] as const;
const longest = 30;
/** The window whose excess is projected to a month. */
const projectedFrom = 7;

/** The tokens of an agent's runs in a window. A sum is null where none of its values is known. */
export interface TokenWindow {
  days: number;
  /** Runs that called a model, or may have; and those that surely did not, which count nowhere else. */
  runs: number;
  runsWithoutCalls: number;
  /** From events alone. */
  promptTokens: number | null;
  completionTokens: number | null;
  reasoningTokens: number | null;
  /** With reasoning tokens. */
  totalTokens: number | null;
  costUsd: number | null;
  /** Runs with a signal, and their share of the tokens and the cost. */
  failedRuns: number;
  failedTokens: number | null;
  failedCostUsd: number | null;
  /** What a run without failure takes; null: too few runs are known. The same in each window. */
  baselineTokens: number | null;
  /** What failed runs spent above it, and stopped runs were kept from spending. */
  excess: Part;
  prevented: Part;
  stoppedRuns: number;
  /** The excess of the last 7 days, as it would be in 30. The same in each window. */
  projected: Part;
  /** How many runs' tokens come from each source. */
  tokensFrom: { events: number; list: number; nowhere: number };
  /** Runs whose events say other than the runs list, and what the list says of them. */
  otherwise: { runs: number; listed: number };
  /** The same for costs: from the server, from the price table, and runs in which some call has no price. */
  costFrom: { server: number; prices: number; nowhere: number };
  /** Models without a price. */
  unpriced: string[];
  /** Most tokens first; a run with several types counts for each. */
  types: { failureType: string; runs: number; tokens: number | null; costUsd: number | null }[];
}

// A run may be told twice: to have SQLite tell each once takes longer than the sets below.
const failures = preparedSql<{ run: number; type: number }>(`
  select s.run, s.failure_type as type from runs r cross join signals s on s.run = r.id and s.gone_at is null
  where r.agent = @agent and ${runTime} >= @from and ${runTime} <= @end and ${isListedRun}`);

/** The distinct failure types of each run with signals in a window, all by their numbers. */
export function runFailures(reader: Reader, window: AgentWindow): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const { run, type } of failures(reader).all(window)) {
    const types = found.get(run);
    if (!types) found.set(run, [type]);
    else if (!types.includes(type)) types.push(type);
  }
  return found;
}

/** A run that may have called a model, with its failure types. */
interface CountedRun {
  run: SpentRun;
  types: readonly number[] | undefined;
  usage: Usage;
}

function counted(run: SpentRun, types: readonly number[] | undefined): CountedRun {
  const { tokens, cost, version, stopped } = run;
  const spent = tokens.total + tokens.reasoning;
  return { run, types, usage: { version, tokens: spent, cost: cost.cost, failed: types !== undefined, stopped } };
}

/** Sums of values of which some may be unknown. */
interface Sum {
  value: number;
  known: number;
}
const nothing = (): Sum => ({ value: 0, known: 0 });
function add(sum: Sum, value: number | null): void {
  if (value === null) return;
  sum.value += value;
  sum.known += 1;
}

/** Sums up the runs of one window. */
function createTally(baseline: Baseline, typeOf: (id: number) => string) {
  const [tokensFrom, costFrom] = [
    { events: 0, list: 0, nowhere: 0 },
    { server: 0, prices: 0, nowhere: 0 },
  ];
  const counts = { runs: 0, prompt: 0, completion: 0, reasoning: 0, failed: 0, stopped: 0 };
  const [total, cost, failedTokens, failedCost] = [nothing(), nothing(), nothing(), nothing()];
  const parts = { excess: { tokens: 0, cost: nothing() }, prevented: { tokens: 0, cost: nothing() } };
  const otherwise = { runs: 0, listed: 0 };
  const unpriced = new Set<string>();
  const types = new Map<number, { runs: number; tokens: Sum; cost: Sum }>();

  function addFailures(failures: readonly number[], tokens: number | null, spent: number | null): void {
    counts.failed += 1;
    add(failedTokens, tokens);
    add(failedCost, spent);
    for (const type of failures) {
      const struck = types.get(type) ?? { runs: 0, tokens: nothing(), cost: nothing() };
      struck.runs += 1;
      add(struck.tokens, tokens);
      add(struck.cost, spent);
      types.set(type, struck);
    }
  }

  function addPart(of: keyof typeof parts, part: Part): void {
    parts[of].tokens += part.tokens;
    add(parts[of].cost, part.cost);
  }

  function addRun({ run, types: failed, usage }: CountedRun): void {
    const { tokens, cost: paid, stopped } = run;
    const known = tokens.from === 'nowhere' ? null : usage.tokens;
    counts.runs += 1;
    counts.stopped += stopped ? 1 : 0;
    counts.prompt += tokens.prompt;
    counts.completion += tokens.completion;
    counts.reasoning += tokens.reasoning;
    tokensFrom[tokens.from] += 1;
    costFrom[paid.from] += 1;
    add(total, known);
    add(cost, paid.cost);
    if (tokens.otherwise !== null) {
      otherwise.runs += 1;
      otherwise.listed += tokens.otherwise;
    }
    for (const model of paid.unpriced) unpriced.add(model);
    if (failed) addFailures(failed, known, paid.cost);
    if (known === null) return;
    if (failed) addPart('excess', excessOf(usage, baseline));
    if (stopped) addPart('prevented', preventedBy(usage, baseline));
  }

  const partOf = ({ tokens, cost: sum }: (typeof parts)['excess']): Part => ({
    tokens,
    cost: sum.known === 0 && tokens > 0 ? null : sum.value,
  });
  const unless = (isUnknown: boolean, value: number) => (isUnknown && counts.runs > 0 ? null : value);

  function result() {
    const noEvents = tokensFrom.events === 0;
    const byType = [...types].map(([type, struck]) => ({
      failureType: typeOf(type),
      runs: struck.runs,
      tokens: struck.tokens.known === 0 ? null : struck.tokens.value,
      costUsd: struck.cost.known === 0 ? null : struck.cost.value,
    }));
    return {
      runs: counts.runs,
      promptTokens: unless(noEvents, counts.prompt),
      completionTokens: unless(noEvents, counts.completion),
      reasoningTokens: unless(noEvents, counts.reasoning),
      totalTokens: unless(total.known === 0, total.value),
      costUsd: unless(cost.known === 0, cost.value),
      failedRuns: counts.failed,
      failedTokens: unless(total.known === 0, failedTokens.value),
      failedCostUsd: counts.failed > 0 && failedCost.known === 0 ? null : failedCost.value,
      excess: partOf(parts.excess),
      prevented: partOf(parts.prevented),
      stoppedRuns: counts.stopped,
      tokensFrom,
      otherwise,
      costFrom,
      unpriced: [...unpriced].sort(),
      types: byType.sort((a, b) => (b.tokens ?? 0) - (a.tokens ?? 0) || a.failureType.localeCompare(b.failureType)),
    };
  }

  return { addRun, result };
}

/** A week's excess, as it would be in a month. */
function projectedOf({ tokens, cost }: Part, week: readonly CountedRun[], end: number): Part {
  const first = week.reduce((least, { run }) => Math.min(least, run.at), end);
  const month = (sum: number) => aMonthOf(sum, first, end);
  return { tokens: Math.round(month(tokens)), cost: cost === null ? null : month(cost) };
}

/**
 * The tokens and costs of an agent's runs in the 1, 7 and 30 days up to `end` (Unix seconds), by the server's formulas.
 * Tokens come from a run's events where they are mirrored and count tokens, otherwise from the runs list. The cost is the
 * server's if it reports one, otherwise that of the priced model calls in the events.
 */
export function tokenStats(reader: Reader, agentId: string, end: number, costOf: CostOf): TokenWindow[] {
  const window = { agent: numberOfAgent(reader, agentId), from: end - longest * daySeconds, end };
  const failed = runFailures(reader, window);
  const all = spentIn(reader, window, costOf);
  const runs = all.flatMap((run) => (run.mayHaveCalls ? counted(run, failed.get(run.id)) : []));
  const usages = runs.flatMap(({ run, usage }) => (run.tokens.from === 'nowhere' ? [] : usage));
  const baseline = baselineOf(usages);
  const typeOf = createNames(reader);
  const since = (days: number) => end - days * daySeconds;
  const windows = tokenDays.map((days) => {
    const inside = runs.filter(({ run }) => run.at >= since(days));
    const tally = createTally(baseline, typeOf);
    for (const run of inside) tally.addRun(run);
    const without = all.filter((run) => !run.mayHaveCalls && run.at >= since(days)).length;
    return { days, inside, sums: { ...tally.result(), runsWithoutCalls: without } };
  });
  const week = windows.find(({ days }) => days === projectedFrom);
  const projected = week ? projectedOf(week.sums.excess, week.inside, end) : { tokens: 0, cost: 0 };
  const baselineTokens = baseline.tokens === null ? null : roundHalfEven(baseline.tokens);
  return windows.map(({ days, sums }) => ({ days, ...sums, baselineTokens, projected }));
}
