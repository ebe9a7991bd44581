import { daySeconds } from '../days.ts';
import { countedAs } from '../db/day-tables.ts';
import type { Reader } from '../db/open.ts';
import { type Difference, differencesOf } from './health-difference.ts';
import { type Load, loadScore, rateScore } from './health-formulas.ts';
import type { Basis, HealthComponent } from './health-parts.ts';
import { baselineLoads, windowLoads } from './loads.ts';
import { roundHalfEven } from './rounding.ts';
import { countRunsOf, runsAs } from './run-counts.ts';
import { readServerHealth, type ServerComponent, type ServerHealth } from './server-health.ts';

export interface Health {
  /** 0 to 100; null below three runs. */
  score: number | null;
  components: HealthComponent[];
  /** Runs of the last 30 days. */
  sampleRuns: number;
  /** True from 30 runs on. */
  isBaselineReady: boolean;
  /** The server's own score, if it differs, or there is no other; `at` in Unix seconds. */
  server: { score: number; at: number } | null;
  /** Where it differs, as far as the server tells its components. */
  differences: Difference[];
}

/**
 * Source of all of these: docs/customer-api.md, 'How the server computes its analytics'; `minCoverage` is this mirror's
 * own.
 */
export const healthDays = 30;
const baselineDays = 90;
const minRuns = 3;
const readyRuns = 30;
const minCoverage = 0.8;

const labels = { tokens: 'avg prompt tokens', latency: 'avg LLM latency ms' } as const;

/** The runs of the window, those with a signal, and those with a loop. */
function countRuns(reader: Reader, agentId: string, since: number, end: number) {
  const counts = countRunsOf(reader, agentId, { from: since, end }, 'whole');
  const { all, failed, looped } = countedAs;
  return { total: runsAs(counts, all), failed: runsAs(counts, failed), looped: runsAs(counts, looped) };
}

function rateComponent(
  name: 'failure_rate' | 'loop_avoidance',
  { max, label, affected, total }: { max: number; label: string; affected: number; total: number },
): HealthComponent {
  const value = roundHalfEven((affected / total) * 100, 1);
  const basis: Basis = { from: 'runs', affected, total };
  return { name, score: rateScore(affected, total, max), max, value, baseline: null, label, basis };
}

const rounded = (value: number | null) => (value === null ? null : roundHalfEven(value));

/** The server's value for a component, within the bounds of the formula. */
function fromServer(sent: ServerComponent | null | undefined, max: number, at: number) {
  if (!sent) return undefined;
  const score = Math.min(max, Math.max(0, roundHalfEven(sent.score)));
  return {
    score,
    value: rounded(sent.value),
    baseline: rounded(sent.baseline),
    basis: { from: 'server', at } as const,
  };
}

function loadComponents(reader: Reader, agentId: string, end: number, total: number) {
  const server = readServerHealth(reader, agentId);
  const from = end - healthDays * daySeconds;
  const { withEvents, means } = windowLoads(reader, agentId, { from, end });
  const baselines = baselineLoads(reader, agentId, { from: end - baselineDays * daySeconds, end: from });
  const isCovered = withEvents / total >= minCoverage;
  const neutral = { value: null, baseline: null, basis: { from: 'nothing' } as const };
  const basis: Basis = { from: 'events', runs: withEvents, total };
  const of = (load: Load, max: number, sent: ServerComponent | null | undefined) => {
    const [mean, baseline] = isCovered ? [means[load], baselines[load]] : [null, null];
    const score = loadScore(load, mean, baseline);
    if (mean !== null) return { score, value: rounded(mean), baseline: rounded(baseline), basis };
    return (!isCovered && server && fromServer(sent, max, server.fetchedAt)) || { score, ...neutral };
  };
  const components: HealthComponent[] = [
    {
      name: 'token_efficiency',
      max: 20,
      label: labels.tokens,
      ...of('tokens', 20, server?.components.token_efficiency),
    },
    { name: 'latency', max: 15, label: labels.latency, ...of('latency', 15, server?.components.latency) },
  ];
  return { components, server };
}

/** Components that we took from the server are rounded here: no backend sends fractions, but one might. */
const isRounded = ({ components }: ServerHealth) =>
  Object.values(components).some((sent) => sent !== null && !Number.isInteger(sent.score));

function worthTelling(server: ServerHealth | undefined, score: number | null): Health['server'] {
  if (!server || server.score === null) return null;
  const isSame = score !== null && Math.abs(server.score - score) <= (isRounded(server) ? 1 : 0);
  return isSame ? null : { score: server.score, at: server.fetchedAt };
}

/**
 * The health of an agent over the 30 days up to `end` (Unix seconds), by the server's formulas (docs/customer-api.md).
 * Tokens and latency come from the runs' events. Where the mirror has the events of less than 80 % of the runs, these
 * components are the server's own if it gives them, otherwise the formulas' neutral 15 and 10.
 */
export function agentHealth(reader: Reader, agentId: string, end: number): Health {
  const counts = countRuns(reader, agentId, end - healthDays * daySeconds, end);
  const { total, failed, looped } = counts;
  const known = { sampleRuns: total, isBaselineReady: total >= readyRuns };
  if (total < minRuns) {
    const server = worthTelling(readServerHealth(reader, agentId), null);
    return { score: null, components: [], ...known, server, differences: [] };
  }
  const loads = loadComponents(reader, agentId, end, total);
  const components = [
    rateComponent('failure_rate', { max: 40, label: '% runs with failures', affected: failed, total }),
    rateComponent('loop_avoidance', { max: 25, label: '% runs with loops', affected: looped, total }),
    ...loads.components,
  ];
  const score = components.reduce((sum, component) => sum + component.score, 0);
  const server = worthTelling(loads.server, score);
  const differences = server && loads.server ? differencesOf(components, loads.server, { sampleRuns: total, end }) : [];
  return { score, components, ...known, server, differences };
}
