import type { Window } from '../days.ts';
import { numberOfAgent } from '../db/codes.ts';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { isListedRun, runTime } from '../db/run-kinds.ts';
import { hourName, type Part } from './breakdown-counts.ts';
import type { Dimension } from './breakdown-kinds.ts';
import { promptSide } from './run-tokens.ts';
import { type CostOf, createNames, type SpentRun, spentIn, sumOf } from './token-runs.ts';
import { runFailures, type TokenWindow } from './token-stats.ts';

/** Where tokens and costs of runs come from. */
export type SpentFrom = Pick<TokenWindow, 'runs' | 'tokensFrom' | 'costFrom' | 'otherwise' | 'unpriced'>;

/** What an agent's runs of a window spent. */
export interface Spent {
  parts: Part[];
  all: Omit<Part, 'name'>;
  /** Of the runs with a signal; only where these are looked up. */
  failed: Omit<Part, 'name'> | null;
  from: SpentFrom;
}

interface About {
  agentId: string;
  window: Window;
  ofCost: boolean;
  costOf: CostOf;
}

const inputs = preparedSql<{ id: number; input: string }>(`
  select r.id, r.input from runs r indexed by runs_agent_input
  where r.agent = @agent and r.input is not null and ${runTime} >= @from and ${runTime} <= @end and ${isListedRun}`);

type Value = readonly [name: string | null, value: number | null];

const hourOf = (at: number) => Math.floor(at / 3600) - 24 * Math.floor(at / 86_400);

const spentBy = ({ tokens, cost }: SpentRun, ofCost: boolean): number | null => {
  if (ofCost) return cost.cost;
  return tokens.from === 'nowhere' ? null : tokens.total + tokens.reasoning;
};

/** The calls of each model. A cost that the server tells of a run is its model's, if it calls one alone. */
function modelValues({ models, cost }: SpentRun, { ofCost, costOf }: About): Value[] {
  const called = models.filter(({ calls }) => calls > 0);
  const side = promptSide(sumOf(models));
  return called.map((model): Value => {
    const { name, counted, completion, reasoning } = model;
    if (ofCost && cost.from === 'server' && called.length === 1) return [name, cost.cost];
    if (counted === 0) return [name, null];
    return [name, ofCost ? (costOf(name, model[side], completion) ?? null) : model[side] + completion + reasoning];
  });
}

/** The groups that a run is in, each with what the run counts for there. */
function valuesBy(reader: Reader, by: Dimension, about: About): (run: SpentRun) => Value[] {
  const bound = { agent: numberOfAgent(reader, about.agentId), from: about.window.from, end: about.window.end };
  const same = (names: readonly (string | null)[], run: SpentRun) =>
    names.map((name): Value => [name, spentBy(run, about.ofCost)]);
  if (by === 'model') return (run) => modelValues(run, about);
  if (by === 'hour') return (run) => same([hourName(hourOf(run.at))], run);
  if (by === 'version') {
    const versionOf = createNames(reader);
    return (run) => same([run.version === 0 ? null : versionOf(run.version)], run);
  }
  if (by === 'failure_type') {
    const [types, typeOf] = [runFailures(reader, bound), createNames(reader)];
    return (run) => same((types.get(run.id) ?? []).map(typeOf), run);
  }
  const inputOf = new Map(
    inputs(reader)
      .all(bound)
      .map(({ id, input }) => [id, input]),
  );
  return (run) => same([inputOf.get(run.id) ?? []].flat(), run);
}

const nothing = () => ({ value: 0, of: 0, known: 0 });

function add(sum: Omit<Part, 'name'>, value: number | null): void {
  sum.value += value ?? 0;
  sum.of += 1;
  sum.known += value === null ? 0 : 1;
}

/** Where tokens and costs of these runs come from. */
export function sourcesOf(runs: readonly SpentRun[]): SpentFrom {
  const from = {
    runs: runs.length,
    tokensFrom: { events: 0, list: 0, nowhere: 0 },
    costFrom: { server: 0, prices: 0, nowhere: 0 },
    otherwise: { runs: 0, listed: 0 },
  };
  const unpriced = new Set<string>();
  for (const { tokens, cost } of runs) {
    from.tokensFrom[tokens.from] += 1;
    from.costFrom[cost.from] += 1;
    if (tokens.otherwise !== null) {
      from.otherwise.runs += 1;
      from.otherwise.listed += tokens.otherwise;
    }
    for (const model of cost.unpriced) unpriced.add(model);
  }
  return { ...from, unpriced: [...unpriced].sort() };
}

/** The sources of both. */
export function plusFrom(a: SpentFrom, b: SpentFrom): SpentFrom {
  return {
    runs: a.runs + b.runs,
    tokensFrom: {
      events: a.tokensFrom.events + b.tokensFrom.events,
      list: a.tokensFrom.list + b.tokensFrom.list,
      nowhere: a.tokensFrom.nowhere + b.tokensFrom.nowhere,
    },
    costFrom: {
      server: a.costFrom.server + b.costFrom.server,
      prices: a.costFrom.prices + b.costFrom.prices,
      nowhere: a.costFrom.nowhere + b.costFrom.nowhere,
    },
    otherwise: { runs: a.otherwise.runs + b.otherwise.runs, listed: a.otherwise.listed + b.otherwise.listed },
    unpriced: [...new Set([...a.unpriced, ...b.unpriced])].sort(),
  };
}

/** The tokens, or costs, of each group of an agent in a window; see `formulas`. */
export function spentParts(reader: Reader, by: Dimension, about: About): Spent {
  const { agentId, window, ofCost, costOf } = about;
  const runs = spentIn(reader, { agent: numberOfAgent(reader, agentId), from: window.from, end: window.end }, costOf);
  const valuesOf = valuesBy(reader, by, about);
  const groups = new Map<string | null, Omit<Part, 'name'>>();
  const [all, failed] = [nothing(), nothing()];
  for (const run of runs) {
    add(all, spentBy(run, ofCost));
    const values = valuesOf(run);
    if (by === 'failure_type' && values.length > 0) add(failed, spentBy(run, ofCost));
    for (const [name, value] of values) {
      const sum = groups.get(name) ?? nothing();
      groups.set(name, sum);
      add(sum, value);
    }
  }
  const parts = [...groups].map(([name, sum]) => ({ name, ...sum }));
  return { parts, all, failed: by === 'failure_type' ? failed : null, from: sourcesOf(runs) };
}
