import type { SampleBackend } from './customer-api/backend.ts';

/** Run ids of the small fleet. */
export const looping = '11111111-1111-4111-8111-111111111111';
export const clean = '22222222-2222-4222-8222-222222222222';
export const bloated = '33333333-3333-4333-8333-333333333333';

/** Two agents with three runs and two signals between them, at times relative to `now` (Unix seconds). */
export function fillSmallFleet(backend: SampleBackend, now: number): void {
  const hour = 3600;
  backend.ingestRun({
    runId: bloated,
    agentId: 'billing agent №7',
    agentVersion: 'v2.0.1',
    startedAt: now - 26 * hour,
    completedAt: now - 26 * hour + 130,
    exitReason: 'run.errored',
    events: [
      { event_type: 'run.started', step_index: 0, timestamp: now - 26 * hour, payload: {}, parent_run_id: null },
    ],
  });
  backend.analyse(bloated, [{ failureType: 'CONTEXT_BLOAT', severity: 'CRITICAL', stepIndex: 3, confidence: 0.8 }]);
  backend.ingestRun({
    runId: clean,
    agentId: 'research-agent',
    agentVersion: 'abcd1234',
    startedAt: now - 7 * hour,
    completedAt: now - 7 * hour + 4.5,
    exitReason: 'run.completed',
  });
  backend.analyse(clean);
  const start = now - 6 * hour;
  backend.ingestRun({
    runId: looping,
    agentId: 'research-agent',
    agentVersion: 'abcd1234',
    startedAt: start,
    completedAt: start + 5.6,
    exitReason: 'run.completed',
    events: [
      {
        event_type: 'run.started',
        step_index: 0,
        timestamp: start,
        payload: { input_hash: 'e47617d3a1b2c3d4' },
        parent_run_id: null,
      },
      {
        event_type: 'llm.called',
        step_index: 1,
        timestamp: start + 0.1,
        payload: { model: 'gpt-4o-mini', prompt_tokens: 512 },
        parent_run_id: null,
      },
      {
        event_type: 'tool.called',
        step_index: 2,
        timestamp: start + 1.2,
        payload: { tool_name: 'web_search', args_hash: 'ffa8f58f' },
        parent_run_id: null,
      },
      {
        event_type: 'tool.responded',
        step_index: 2,
        timestamp: start + 1.4,
        payload: { tool_name: 'web_search', success: true, latency_ms: 200 },
        parent_run_id: null,
      },
      {
        event_type: 'run.completed',
        step_index: 7,
        timestamp: start + 5.6,
        payload: { exit_reason: 'final_answer', total_steps: 7 },
        parent_run_id: null,
      },
    ],
  });
  backend.analyse(looping, [
    {
      failureType: 'TOOL_LOOP',
      severity: 'HIGH',
      stepIndex: 7,
      confidence: 0.9,
      evidence: { tool: 'web_search', count: 6 },
      title: 'Tool loop detected: `web_search` called 6× in steps 2–7',
      what: 'The agent called web_search 6 times with identical args.',
      suggestedFixes: [{ description: 'Deduplicate `web_search` calls', language: 'python', code: 'seen = set()' }],
    },
  ]);
}
