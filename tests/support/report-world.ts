import type { SampleBackend } from './customer-api/backend.ts';

const hour = 3600;

/** Without a slash, which no agent's lists can be asked for with. */
export const evilAgent = `<img src=x onerror=alert(1)>"'&`;
export const evil = `${evilAgent}</style><script>alert(2)</script>`;

/**
 * For a report of three days up to `now` (Unix seconds): an agent with two versions, ten runs of which five failed, one of
 * them twice; one whose every text is an attack; and one that is well.
 */
export function fillReportWorld(backend: SampleBackend, now: number): void {
  const run = (agentId: string, n: number, hoursAgo: number, version: string) => {
    const runId = `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`;
    const startedAt = now - hoursAgo * hour;
    const timestamp = startedAt;
    backend.ingestRun({
      runId,
      agentId,
      agentVersion: version,
      startedAt,
      completedAt: startedAt + 5,
      exitReason: 'run.completed',
      events: [
        {
          event_type: 'run.started',
          step_index: 0,
          timestamp,
          payload: { input_hash: `in${n % 2}` },
          parent_run_id: null,
        },
      ],
    });
    return runId;
  };
  for (let n = 1; n <= 10; n += 1) {
    const runId = run('busy-agent', n, 4 * n, n <= 5 ? 'v2' : 'v1');
    const loop = { failureType: 'TOOL_LOOP', severity: 'HIGH', stepIndex: 2 } as const;
    const bloat = { failureType: 'CONTEXT_BLOAT', severity: 'CRITICAL', stepIndex: 3 } as const;
    backend.analyse(runId, n <= 4 ? [loop] : n === 5 ? [loop, bloat] : []);
  }
  for (let n = 21; n <= 23; n += 1) {
    const runId = run(evilAgent, n, n - 18, evil);
    backend.analyse(runId, [{ failureType: 'TOOL_LOOP', severity: 'MEDIUM', stepIndex: 1, evidence: { tool: evil } }]);
  }
  for (let n = 31; n <= 34; n += 1) backend.analyse(run('calm-agent', n, n - 28, 'v1'));
}
