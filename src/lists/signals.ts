import * as z from 'zod';
import { segment } from '../api/pages.ts';
import { keyIn, rowReader, type Sent } from '../api/rows.ts';
import { flag, key, moment, number, numberedKey, text, whole } from '../api/wire.ts';
import type { MovingList } from './descriptor.ts';

const signalFields = {
  id: numberedKey,
  failure_type: key,
  severity: key,
  agent_version: text,
  step_index: whole,
  confidence: number,
  detected_at: moment,
  evidence: z.record(z.string(), z.unknown()).nullish(),
  alerted: flag,
  shadow: flag,
  co_signal_count: whole,
  title: text,
  what: text,
  why_it_matters: text,
  evidence_summary: text,
  suggested_fixes: z.array(z.unknown()).nullish(),
};

export const wireSignal = z.object({ ...signalFields, run_id: key, agent_id: key });

/** A signal inside a run's detail: the run says whose it is. */
export const wireRunSignal = z.object(signalFields);

export type WireSignal = z.infer<typeof wireSignal>;
export type WireRunSignal = z.infer<typeof wireRunSignal>;

/** A row of a signals list. `evidence`, `suggestedFixes` and `extra` are JSON text; `detectedAt` is in Unix seconds. */
export interface SignalRow {
  id: number;
  runId: string;
  failureType: string;
  severity: string;
  agentVersion: string | null;
  stepIndex: number | null;
  confidence: number | null;
  detectedAt: number;
  evidence: string | null;
  alerted: boolean | null;
  shadow: boolean | null;
  coSignalCount: number | null;
  title: string | null;
  what: string | null;
  whyItMatters: string | null;
  evidenceSummary: string | null;
  suggestedFixes: string | null;
  extra: string | null;
}

const json = (value: unknown): string | null => (value === undefined || value === null ? null : JSON.stringify(value));

export function signalRow({ row, extra }: Sent<WireSignal>): SignalRow {
  return runSignalRow({ row, extra }, row.run_id);
}

/** A signal as a run's detail shows it. */
export function runSignalRow({ row, extra }: Sent<WireRunSignal>, runId: string): SignalRow {
  return {
    id: row.id,
    runId,
    failureType: row.failure_type,
    severity: row.severity,
    agentVersion: row.agent_version ?? null,
    stepIndex: row.step_index ?? null,
    confidence: row.confidence ?? null,
    detectedAt: row.detected_at,
    evidence: json(row.evidence),
    alerted: row.alerted ?? null,
    shadow: row.shadow ?? null,
    coSignalCount: row.co_signal_count ?? null,
    title: row.title ?? null,
    what: row.what ?? null,
    whyItMatters: row.why_it_matters ?? null,
    evidenceSummary: row.evidence_summary ?? null,
    suggestedFixes: json(row.suggested_fixes),
    extra,
  };
}

const read = rowReader('signal', wireSignal, keyIn('id', wireSignal.shape.id));

export const signalsList: MovingList<WireSignal, SignalRow, number, unknown> = {
  name: 'signals',
  view: 'v_signals',
  pathOf: (agentId) => `/v1/agents/${segment(agentId)}/signals`,
  fleet: { path: '/v1/signals', light: { explain: 'false' } },
  read,
  wireKeyOf: ({ id }) => id,
  rowOf: signalRow,
  idOf: ({ id }) => id,
  isId: (id) => typeof id === 'number',
  sharedShape: "signal: id is also another agent's",
  reachOf: (rows) => (rows.length === 0 ? null : Math.min(...rows.map(({ detectedAt }) => detectedAt))),
  isOld: ({ detectedAt }, _, keepFrom) => detectedAt < keepFrom,
  pruneShare: 1,
};
