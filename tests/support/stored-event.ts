import type { RunEventRow } from '../../src/lists/run-detail.ts';

/** An event of which no more is known than its type and time, in Unix seconds. */
export const plainEvent = (timestamp: number): RunEventRow => ({
  eventType: 'run.started',
  stepIndex: 0,
  timestamp,
  model: null,
  promptTokens: null,
  completionTokens: null,
  latencyMs: null,
  toolName: null,
  success: null,
  inputHash: null,
  payload: '{}',
  parentRunId: null,
  extra: null,
});
