import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { connect, type McpConnection } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';

/** The facts that the Python server's suite is about where it is about tokens, patterns, issues, fixes and policies. */

export const agent_id = 'spender';
export const quiet = 'quiet';
/** A run of many events and two million tokens, twenty days ago. */
export const long = 'run-long';

const runs = 30;
const page = (rowsKey: string, rows: readonly object[]) => ({
  [rowsKey]: rows,
  page: { total: rows.length, offset: 0, limit: 500, has_more: false },
});

type Api = Awaited<ReturnType<typeof startFakeCustomerApi>>;

/** Nine runs of thirty fail, one of them in another way; each spends 5,000 tokens for half a cent. */
function fillRuns({ backend }: Api, now: number): void {
  const own = { agentId: agent_id, agentVersion: 'v1', exitReason: 'run.completed' };
  const add = (runId: string, startedAt: number, tokens: number, calls: number, inputHash: string) =>
    backend.ingestRun({
      ...own,
      runId,
      startedAt,
      completedAt: startedAt + 30,
      totalTokens: tokens,
      costUsd: tokens / 1e6,
      events: [
        ['run.started', { input_hash: inputHash }],
        ['llm.called', { model: 'gpt-4o-mini' }],
        ['llm.responded', { prompt_tokens: tokens * 0.8, completion_tokens: tokens * 0.2, latency_ms: 800 }],
        ...Array.from({ length: calls }, () => ['tool.called', { tool_name: 'web_search' }] as const),
        ['run.completed', { exit_reason: 'final_answer' }],
      ].map(([type, payload], step) => ({
        event_type: String(type),
        step_index: step,
        timestamp: startedAt + step / 10,
        payload: { ...Object(payload) },
        parent_run_id: null,
      })),
    });
  add(long, now - 20 * 86_400, 2_000_000, 60, 'long');
  backend.analyse(long);
  for (let n = 0; n < runs; n += 1) {
    const runId = `run-${String(n).padStart(3, '0')}`;
    add(runId, now - 3600 + n * 60, 5000, 1, n < 8 ? 'abc123' : n < 12 ? 'def456' : `input-${n}`);
    const loop = {
      failureType: 'TOOL_LOOP',
      severity: 'HIGH',
      stepIndex: 3,
      what: 'The agent repeats web_search with the same arguments.',
      suggestedFixes: [{ description: 'Deduplicate calls', language: 'python', code: '' }],
    } as const;
    const slow = { failureType: 'SESSION_LATENCY', severity: 'MEDIUM', stepIndex: 4 } as const;
    backend.analyse(runId, n < 8 ? [loop] : n === 8 ? [slow] : []);
  }
  backend.ingestRun({ ...own, agentId: quiet, runId: 'run-quiet', startedAt: now - 900, completedAt: now - 890 });
  backend.analyse('run-quiet');
}

function fillLists({ backend: { plainLists: lists } }: Api, now: number): void {
  const issue = { agent_id, failure_type: 'TOOL_LOOP', first_seen: now - 5 * 86_400, last_seen: now - 3600 };
  lists.set(
    '/v1/issues/search',
    page('issues', [
      { ...issue, id: 7, status: 'open', affected_runs: 46 },
      { ...issue, id: 8, status: 'reopened', failure_type: 'COST_SPIKE', affected_runs: 8 },
      { ...issue, id: 10, status: 'open', agent_id: 'other' },
      {
        ...issue,
        id: 9,
        status: 'resolved',
        failure_type: 'SLOW_STEP',
        manually_resolved: true,
        resolution_notes: 'Added a limit for each tool.',
      },
    ]),
  );
  const fix = { failure_type: 'TOOL_LOOP', applied_at: now - 600, runs_after: 15, recurrences_after: 0 };
  const verdicts = ['verified', 'still_occurring', 'insufficient_data'];
  const fixes = verdicts.map((verdict, index) => ({ ...fix, id: index + 1, signal_id: index + 1, verdict }));
  lists.set(`/v1/agents/${agent_id}/fixes`, { fixes });
  const condition = { trigger: 'cost_usd', operator: 'gt', value: 5 };
  const policy = { id: 1, agent_id, condition, enabled: true };
  lists.set('/v1/policies', [
    { ...policy, name: 'budget-guard', action: { type: 'stop' } },
    { ...policy, id: 2, name: 'loop-guard', enabled: false, action: { type: 'switch_model', model: 'gpt-4o-mini' } },
  ]);
  const detector = { id: 1, agent_id: '*', total_runs: 50, shadow_fire_count: 3 };
  lists.set('/v1/custom-detectors', [
    { ...detector, name: 'high-cost-detector', status: 'shadow' },
    { ...detector, id: 2, name: 'strict-loop-guard', status: 'active' },
  ]);
  // A score that is not to be had.
  lists.set(`/v1/agents/${quiet}/health-score`, 'none');
}

/** A client of a server whose mirror holds all of it, with the events of the runs with known inputs; or, empty, none. */
export async function connectToRecords({ isEmpty = false } = {}): Promise<McpConnection> {
  const api = await startFakeCustomerApi({ generation: 3 });
  const now = Date.now() / 1000;
  if (isEmpty) {
    for (const path of ['/v1/policies', '/v1/custom-detectors']) api.backend.plainLists.set(path, []);
  } else {
    fillRuns(api, now);
    fillLists(api, now);
  }
  const place = createPlace(api.url, { DUNETRACE_CONTENT: 'keep', DUNETRACE_RPM: '100000' });
  await run(['sync', '--quiet'], place);
  const connection = await connect(place);
  for (let n = 0; n < 12 && !isEmpty; n += 1)
    await connection.call('get_run_detail', { run_id: `run-${String(n).padStart(3, '0')}` });
  return connection;
}
