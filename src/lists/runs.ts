import * as z from 'zod';
import { segment } from '../api/pages.ts';
import { keyIn, rowReader, type Sent } from '../api/rows.ts';
import { flag, key, number, text, time, whole } from '../api/wire.ts';
import { type Content, jsonWithoutTexts } from './content.ts';
import type { MovingList } from './descriptor.ts';

export const wireRun = z.object({
  run_id: key,
  agent_id: key,
  agent_version: text,
  started_at: time,
  completed_at: time,
  exit_reason: text,
  step_count: whole,
  signal_count: whole,
  has_signals: flag,
  total_tokens: whole,
  cost_usd: number,
});

export type WireRun = z.infer<typeof wireRun>;

/** A row of a runs list. Times are Unix seconds; `extra` is JSON text. */
export interface RunRow {
  runId: string;
  agentVersion: string | null;
  startedAt: number | null;
  completedAt: number | null;
  exitReason: string | null;
  stepCount: number | null;
  signalCount: number | null;
  hasSignals: boolean | null;
  totalTokens: number | null;
  costUsd: number | null;
  extra: string | null;
}

export function runRow({ row, extra }: Sent<WireRun>, content: Content): RunRow {
  return {
    runId: row.run_id,
    agentVersion: row.agent_version ?? null,
    startedAt: row.started_at ?? null,
    completedAt: row.completed_at ?? null,
    exitReason: row.exit_reason ?? null,
    stepCount: row.step_count ?? null,
    signalCount: row.signal_count ?? null,
    hasSignals: row.has_signals ?? null,
    totalTokens: row.total_tokens ?? null,
    costUsd: row.cost_usd ?? null,
    extra: jsonWithoutTexts(extra, content),
  };
}

/** Unix seconds; null: not known. */
export const timeOfRun = ({ startedAt, completedAt }: RunFacts) => startedAt ?? completedAt;

const larger = (a: number | null, b: number | null) => (a === null || b === null ? (a ?? b) : Math.max(a, b));

/** What the API shows, unless it has dropped what is known; 0 is what it then shows, and may also be the truth. */
const orKept = (shown: number | null, kept: number | null | undefined) => (shown || kept) ?? shown;

/** What of a run the API drops with its events. */
export type RunFacts = Pick<RunRow, 'startedAt' | 'completedAt' | 'stepCount' | 'totalTokens' | 'costUsd'>;

/**
 * A run as the mirror is to hold it: what `incoming` lost because the server dropped the run's events (times null, steps
 * and tokens 0) is kept from `known`, and marked. Source: docs/customer-api.md, 'How rows come to be and go'.
 */
export function mergeRun<Row extends RunFacts>(
  known: RunFacts | undefined,
  incoming: Row,
): Row & { eventsExpired: boolean } {
  const isEmpty = incoming.startedAt === null && incoming.completedAt === null && !incoming.stepCount;
  const lost =
    (incoming.startedAt === null && (known?.startedAt ?? null) !== null) ||
    (incoming.completedAt === null && (known?.completedAt ?? null) !== null);
  const eventsExpired = isEmpty || lost;
  const kept = eventsExpired && known ? known : undefined;
  return {
    ...incoming,
    startedAt: incoming.startedAt ?? kept?.startedAt ?? null,
    completedAt: incoming.completedAt ?? kept?.completedAt ?? null,
    stepCount: kept ? larger(kept.stepCount, incoming.stepCount) : incoming.stepCount,
    totalTokens: orKept(incoming.totalTokens, kept?.totalTokens),
    costUsd: orKept(incoming.costUsd, kept?.costUsd),
    eventsExpired,
  };
}

const read = rowReader('run', wireRun, keyIn('run_id', wireRun.shape.run_id));

export const runsList: MovingList<WireRun, RunRow, string, RunFacts> = {
  name: 'runs',
  view: 'v_runs',
  pathOf: (agentId) => `/v1/agents/${segment(agentId)}/runs`,
  fleet: { path: '/v1/runs', light: {} },
  read,
  wireKeyOf: ({ run_id }) => run_id,
  rowOf: runRow,
  idOf: ({ runId }) => runId,
  isId: (id) => typeof id === 'string',
  sharedShape: "run: run_id is also another agent's",
  // Runs below were analysed earlier, so they ended before the newest end here (give or take a late analysis).
  reachOf: (rows) => {
    const ends = rows.flatMap(({ completed_at, started_at }) => completed_at ?? started_at ?? []);
    return ends.length === 0 ? null : Math.max(...ends);
  },
  // A run without any time is one whose events the API has dropped for their age.
  isOld: (run, known, keepFrom) =>
    (run.completedAt ?? known?.completedAt ?? run.startedAt ?? known?.startedAt ?? 0) < keepFrom,
  // Runs take their events with them.
  pruneShare: 1 / 5,
};
