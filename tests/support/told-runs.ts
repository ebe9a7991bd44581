import { emptyListState } from '../../src/mirror/list-state.ts';
import { createFakeClock } from './fake-clock.ts';
import { createTempMirror } from './temp-mirror.ts';

/** A run as a test tells it. */
export interface ToldRun {
  agentId: string;
  /** Unix seconds. */
  startedAt: number;
  version?: string;
  /** Failure types of its signals. */
  failures?: readonly string[];
  steps?: number;
  tokens?: number;
}

/** Writes runs to a mirror as a complete sync leaves them, without an API: for worlds of very many agents or runs. */
export function mirrorOf(runs: readonly ToldRun[], now: number) {
  const { mirror, store } = createTempMirror(createFakeClock(now));
  const agents = new Map<string, { runs: number; signals: number; lastSeen: number }>();
  let signalId = 0;
  store.write(() => {
    for (const [n, { agentId, startedAt, version = 'v1', failures = [], steps = 3, tokens = 100 }] of runs.entries()) {
      const seen = agents.get(agentId) ?? { runs: 0, signals: 0, lastSeen: 0 };
      const stamp = { agent: store.agents.ensure(agentId), pass: 1 };
      const [runId, completedAt] = [`run-${n}`, startedAt + 5];
      const times = { startedAt, completedAt, exitReason: 'completed', stepCount: steps };
      const counts = { signalCount: failures.length, hasSignals: failures.length > 0 };
      const spent = { totalTokens: tokens, costUsd: null, extra: null };
      store.runs.put({ runId, agentVersion: version, ...times, ...counts, ...spent }, undefined, stamp);
      store.runs.ensure(runId, stamp.agent);
      for (const failureType of failures) {
        signalId += 1;
        const placed = { id: signalId, runId, failureType, severity: 'HIGH', agentVersion: version, stepIndex: 1 };
        const said = {
          title: failureType,
          what: null,
          whyItMatters: null,
          evidenceSummary: null,
          suggestedFixes: null,
        };
        const rest = { confidence: 0.9, alerted: false, shadow: false, coSignalCount: 0, extra: null, evidence: '{}' };
        store.signals.put({ ...placed, detectedAt: completedAt, ...said, ...rest }, undefined, stamp);
      }
      agents.set(agentId, {
        runs: seen.runs + 1,
        signals: seen.signals + failures.length,
        lastSeen: Math.max(seen.lastSeen, startedAt),
      });
    }
    for (const [agentId, { runs: runCount, signals: signalCount, lastSeen }] of agents) {
      const counts = { runCount, signalCount, criticalCount: 0, highCount: signalCount, lastSeen };
      store.agents.put({ agentId, ...counts, sparkline: '[]', failureTypes: '{}', extra: null }, 1);
      const whole = { phase: { is: 'whole', fullPass: 1 }, donePass: 1, coveredFrom: 0 } as const;
      for (const list of ['runs', 'signals'] as const)
        store.syncState.save({ ...emptyListState(store.agents.ensure(agentId), list), ...whole });
    }
  });
  return mirror;
}
