import type { Window } from '../days.ts';
import { countedAs } from '../db/day-tables.ts';
import type { Reader } from '../db/open.ts';
import { type Interval, wilsonInterval } from '../intervals.ts';
import { agentIds } from './agents.ts';
import { countedParts, type Part } from './breakdown-counts.ts';
import type { Dimension, Measure } from './breakdown-kinds.ts';
import { plusFrom, type SpentFrom, spentParts } from './breakdown-spent.ts';
import { windowLoads } from './loads.ts';
import { countRunsOf, type RunCounts, runsAs } from './run-counts.ts';
import type { CostOf } from './token-runs.ts';

/** A sum. */
export interface Sum {
  /** null: of nothing of it is the value known. */
  value: number | null;
  /** What the value is of: runs, or calls of a tool; and of how many of these it is known. */
  of: number;
  known: number;
  /** The 95 % interval of a share of failures; null: no share, or of nothing. */
  interval: Interval | null;
}

export interface Group extends Sum {
  /** null: none is named. */
  name: string | null;
  /** Whose version it is, in an answer about all agents. */
  agentId: string | null;
}

export interface Breakdown {
  /** The largest first. */
  groups: Group[];
  /** All of the window, each run once, in a group or not. */
  all: Sum;
  /** The failed runs among them, each once: of tokens and costs by failure type alone. */
  failed: Sum | null;
  /** Runs of the window, and those whose events are mirrored. */
  runs: number;
  withEvents: number;
  /** Of tokens and costs alone. */
  from: SpentFrom | null;
}

export interface BreakdownQuestion {
  by: Dimension;
  of: Measure;
  /** undefined: all agents. */
  agentId: string | undefined;
  window: Window;
  costOf: CostOf;
}

type Values = Omit<Part, 'name'>;
const none: Values = { value: 0, of: 0, known: 0 };

function plus(one: Values | undefined, { value, of, known }: Values): Values {
  return one ? { value: one.value + value, of: one.of + of, known: one.known + known } : { value, of, known };
}

interface OfAgent {
  parts: Part[];
  all: Values;
  failed: Values | null;
  from: SpentFrom | null;
}

function ofAgent(reader: Reader, agentId: string, counts: RunCounts, question: BreakdownQuestion): OfAgent {
  const { by, of, window, costOf } = question;
  if (of === 'tokens' || of === 'cost') {
    return spentParts(reader, by, { agentId, window, ofCost: of === 'cost', costOf });
  }
  const ofFailures = of === 'failures';
  const parts = countedParts(reader, by, { agentId, window, counts, ofFailures });
  if (by === 'tool' && ofFailures) return { parts, all: parts.reduce<Values>(plus, none), failed: null, from: null };
  const runs = runsAs(counts, countedAs.all);
  const all = { value: ofFailures ? runsAs(counts, countedAs.failed) : runs, of: runs, known: runs };
  return { parts, all, failed: null, from: null };
}

function sumOf({ value, of, known }: Values, measure: Measure): Sum {
  const hasInterval = measure === 'failures' && of > 0;
  const isUnknown = known === 0 && of > 0;
  const interval = hasInterval ? wilsonInterval({ hits: value, total: of }) : null;
  return { value: isUnknown ? null : value, of, known, interval };
}

const larger = (a: Group, b: Group) =>
  (b.value ?? -1) - (a.value ?? -1) ||
  b.of - a.of ||
  ((a.name ?? '') < (b.name ?? '') ? -1 : (a.name ?? '') > (b.name ?? '') ? 1 : 0) ||
  ((a.agentId ?? '') < (b.agentId ?? '') ? -1 : 1);

type Groups = Map<string, { name: string | null; agentId: string | null; values: Values }>;

/** The parts of several agents together: of those of one name, unless they are their agent's own. */
function addParts(groups: Groups, parts: readonly Part[], owner: string | null): void {
  for (const { name, ...values } of parts) {
    const key = JSON.stringify([name, owner]);
    groups.set(key, { name, agentId: owner, values: plus(groups.get(key)?.values, values) });
  }
}

/** Runs, failures, tokens or costs of an agent or all in a window, by what they have in common; see `formulas`. */
export function breakdown(reader: Reader, question: BreakdownQuestion): Breakdown {
  const { by, of, agentId, window } = question;
  // A version is its agent's own: two agents may have one of the same name.
  const isOwn = by === 'version' && agentId === undefined;
  const groups: Groups = new Map();
  const sums: { all: Values; failed: Values | null; from: SpentFrom | null } = { all: none, failed: null, from: null };
  let [runs, withEvents] = [0, 0];
  for (const agent of agentId === undefined ? agentIds(reader) : [agentId]) {
    const counts = countRunsOf(reader, agent, window, 'whole');
    const found = ofAgent(reader, agent, counts, question);
    addParts(groups, found.parts, isOwn ? agent : null);
    sums.all = plus(sums.all, found.all);
    if (found.failed) sums.failed = plus(sums.failed ?? undefined, found.failed);
    if (found.from) sums.from = sums.from ? plusFrom(sums.from, found.from) : found.from;
    withEvents += windowLoads(reader, agent, window).withEvents;
    runs += runsAs(counts, countedAs.all);
  }
  // A type's share is of all runs, also of those of agents that never had it.
  const ofAll = by === 'failure_type' && of === 'failures' ? { of: runs, known: runs } : {};
  return {
    groups: [...groups.values()]
      .map(({ values, ...group }) => ({ ...group, ...sumOf({ ...values, ...ofAll }, of) }))
      .sort(larger),
    all: sumOf(sums.all, of),
    failed: sums.failed && sumOf(sums.failed, of),
    runs,
    withEvents,
    from: sums.from,
  };
}
