import { nameOf } from '../db/codes.ts';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { isListedRun, runTime } from '../db/run-kinds.ts';
import { type EventTokens, mayHaveCalls, promptSide, type RunTokens, runTokens } from './run-tokens.ts';

/** US dollars for tokens of a model (null: the events don't name it); undefined: its price is not known. */
export type CostOf = (model: string | null, prompt: number, completion: number) => number | undefined;

/** A run's cost in US dollars: the server's if it reports one, otherwise that of the priced calls in its events. */
export interface RunCost {
  from: 'server' | 'prices' | 'nowhere';
  /** null: nothing of it is known. */
  cost: number | null;
  /** Models that have tokens and no price. */
  unpriced: readonly string[];
}

/** The tokens of a model's calls in a run; `name` is null where the events name none. */
export type ModelTokens = EventTokens & { name: string | null };

/** What a run spent. */
export interface SpentRun {
  id: number;
  /** Unix seconds. */
  at: number;
  /** A number; 0: none is named. */
  version: number;
  mayHaveCalls: boolean;
  tokens: RunTokens;
  cost: RunCost;
  /** What its events say of each model; none without events. */
  models: readonly ModelTokens[];
  /** A policy stopped it, or an approval was denied or timed out. */
  stopped: boolean;
}

/** An agent, by its number, and the time span in which its runs count. */
export type AgentWindow = { agent: number; from: number; end: number };

const unnamed = '(no model named)';

interface Row {
  id: number;
  at: number;
  version: number;
  totalTokens: number | null;
  costUsd: number | null;
  /** For a run without events, this and all that follows is null. */
  model: number | null;
  calls: number | null;
  counted: number | null;
  called: number | null;
  responded: number | null;
  completion: number | null;
  reasoning: number | null;
  stopped: number | null;
}

const columns = `r.id, ${runTime} as at, coalesce(r.version, 0) as version, r.total_tokens as totalTokens,
  r.cost_usd as costUsd, m.model, m.calls, m.counted, m.called, m.responded, m.completion, m.reasoning, m.stopped
  from runs r left join run_sums m on m.run = r.id`;

/** A row for each model of a run, next to each other; one without sums for a run without events. */
const rowsOfAgent = preparedSql<Row>(`
  select ${columns} where r.agent = @agent and ${runTime} >= @from and ${runTime} <= @end and ${isListedRun}`);

const rowsOfRun = preparedSql<Row>(`select ${columns} where r.run_id = @runId`);

/** Looks up the names of numbers, each once. */
export function createNames(reader: Reader): (id: number) => string {
  const known = new Map<number, string>();
  return (id) => {
    const name = known.get(id) ?? nameOf(reader, id);
    known.set(id, name);
    return name;
  };
}

function costOfRun(
  costUsd: number | null,
  from: RunTokens['from'],
  models: readonly ModelTokens[],
  costOf: CostOf,
): RunCost {
  if (costUsd !== null) return { from: 'server', cost: costUsd, unpriced: [] };
  if (from !== 'events') return { from: 'nowhere', cost: null, unpriced: [] };
  const side = promptSide(sumOf(models));
  const unpriced: string[] = [];
  let [cost, isComplete, hasCounted] = [0, true, false];
  for (const model of models) {
    if (model.counted < model.calls) isComplete = false;
    if (model.counted === 0) continue;
    hasCounted = true;
    const priced = costOf(model.name, model[side], model.completion);
    if (priced === undefined) unpriced.push(model.name ?? unnamed);
    cost += priced ?? 0;
  }
  if (unpriced.length === 0 && isComplete) return { from: 'prices', cost, unpriced };
  const hasPriced = unpriced.length === 0 ? hasCounted : cost > 0;
  return { from: 'nowhere', cost: hasPriced ? cost : null, unpriced };
}

export function sumOf(models: readonly EventTokens[]): EventTokens {
  const sums = { calls: 0, counted: 0, called: 0, responded: 0, completion: 0, reasoning: 0 };
  for (const model of models) {
    sums.calls += model.calls;
    sums.counted += model.counted;
    sums.called += model.called;
    sums.responded += model.responded;
    sums.completion += model.completion;
    sums.reasoning += model.reasoning;
  }
  return sums;
}

/** What the rows of one run say. */
function spentBy(rows: readonly Row[], first: Row, costOf: CostOf, modelOf: (id: number) => string): SpentRun {
  const { id, at, version, totalTokens, costUsd, stopped } = first;
  const models: ModelTokens[] = [];
  for (const { model, calls, counted, called, responded, completion, reasoning } of rows) {
    if (model === null) continue;
    models.push({
      name: modelOf(model) || null,
      calls: calls ?? 0,
      counted: counted ?? 0,
      called: called ?? 0,
      responded: responded ?? 0,
      completion: completion ?? 0,
      reasoning: reasoning ?? 0,
    });
  }
  const sources = { totalTokens, events: models.length === 0 ? undefined : sumOf(models) };
  const tokens = runTokens(sources);
  const cost = costOfRun(costUsd, tokens.from, models, costOf);
  return { id, at, version, mayHaveCalls: mayHaveCalls(sources), tokens, cost, models, stopped: stopped === 1 };
}

function spentRuns(reader: Reader, rows: readonly Row[], costOf: CostOf): SpentRun[] {
  const modelOf = createNames(reader);
  const found: SpentRun[] = [];
  let group: Row[] = [];
  const close = () => {
    const [first] = group;
    if (first) found.push(spentBy(group, first, costOf, modelOf));
  };
  for (const row of rows) {
    if (group[0]?.id === row.id) group.push(row);
    else {
      close();
      group = [row];
    }
  }
  close();
  return found;
}

/** What each run of an agent in a window spent. */
export const spentIn = (reader: Reader, window: AgentWindow, costOf: CostOf): SpentRun[] =>
  spentRuns(reader, rowsOfAgent(reader).all(window), costOf);

/** What one run spent; undefined: the mirror does not know the run. */
export const spentByRun = (reader: Reader, runId: string, costOf: CostOf): SpentRun | undefined =>
  spentRuns(reader, rowsOfRun(reader).all({ runId }), costOf)[0];
