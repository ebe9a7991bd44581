import { expect, test } from 'vitest';
import type { WireEvent } from '../../src/sample/wire.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';

/** What developers ask, each answered by one call, offline, and what that costs a model. */

const agent_id = 'shop';
const runs = 40;
const now = Date.now() / 1000;

type Payload = Record<string, unknown>;

/** Forty runs of two versions: v2 fails in half of its runs, v1 in one of twenty. */
async function shop() {
  const api = await startFakeCustomerApi({ generation: 3 });
  for (let n = 0; n < runs; n += 1) {
    const isNew = n >= runs / 2;
    const fails = isNew ? n % 2 === 0 : n === 3;
    const startedAt = now - (runs - n) * 3 * 3600;
    const event = (event_type: string, payload: Payload, step_index: number): WireEvent => ({
      event_type,
      step_index,
      timestamp: startedAt + step_index,
      payload,
      parent_run_id: null,
    });
    api.backend.ingestRun({
      runId: `run-${n}`,
      agentId: agent_id,
      agentVersion: isNew ? 'v2' : 'v1',
      startedAt,
      completedAt: startedAt + 9,
      exitReason: 'run.completed',
      events: [
        event('run.started', { input_text: n % 4 === 0 ? 'refund' : `order ${n}` }, 0),
        event('llm.called', { model: 'gpt-4o', prompt_tokens: 0 }, 1),
        event('llm.responded', { prompt_tokens: 900, completion_tokens: 100, latency_ms: 300 }, 1),
        event('tool.called', { tool_name: 'search', args: `{"q":${n}}` }, 2),
        event('tool.responded', { tool_name: 'search', success: !fails }, 2),
        event('run.completed', { exit_reason: 'final_answer' }, fails ? 4 : 3),
      ],
    });
    api.backend.analyse(`run-${n}`, fails ? [{ failureType: 'TOOL_LOOP', severity: 'HIGH', stepIndex: 2 }] : []);
  }
  const page = (name: string, rows: readonly object[]) => ({
    [name]: rows,
    page: { total: rows.length, offset: 0, limit: 500, has_more: false },
  });
  const issue = { agent_id, failure_type: 'TOOL_LOOP', first_seen: now - 9e5, last_seen: now - 60 };
  const lists = api.backend.plainLists;
  lists.set('/v1/issues/search', page('issues', [{ id: 7, ...issue, status: 'reopened', affected_runs: 11 }]));
  const fix = { id: 1, signal_id: 1, failure_type: 'TOOL_LOOP', applied_at: now - 5e5, runs_after: 20 };
  lists.set('/v1/agents/shop/fixes', { fixes: [{ ...fix, recurrences_after: 10, verdict: 'still_occurring' }] });
  const condition = { trigger: 'tool_call_count', operator: 'gt', value: 5 };
  lists.set('/v1/policies', [{ id: 1, agent_id, name: 'cap', condition, action: { type: 'stop' }, enabled: true }]);
  const conversation = { id: 3, agent_id, last_run_at: now - 60, run_count: 2, has_frustration_signal: false };
  lists.set('/v1/conversations/search', page('conversations', [conversation]));
  lists.set('/v1/conversations/3', { id: 3, agent_id, runs: [{ run_id: 'run-38' }, { run_id: 'run-39' }] });
  const { call } = await connect(createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600', DUNETRACE_RPM: '100000' }));
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  for (let n = 0; n < runs; n += 1) await call('get_run_detail', { run_id: `run-${n}` });
  return { api, call };
}

const questions: readonly (readonly [question: string, tool: string, args: Payload, says: RegExp])[] = [
  ['Is anything still open?', 'search_issues', { status: 'open' }, /#7 .*reopened .*TOOL_LOOP/],
  ['Did my fix work?', 'get_fix_status', { signal_id: 1 }, /still occurring \(10 of 20 runs since failed so\)/],
  ['Which version made it worse?', 'compare_versions', { agent_id }, /REGRESSION: TOOL_LOOP 1\/20 \(5%\) → 10\/20/],
  ['Is it new?', 'get_issue', { issue_id: 7 }, /TOOL_LOOP .*10d ago/],
  ['Are there runs like this one?', 'find_similar_runs', { run_id: 'run-38' }, /run-3\d/],
  [
    'What do failures cost this month?',
    'breakdown',
    { by: 'failure_type', of: 'cost', since: '30d' },
    /TOOL_LOOP .*\$/,
  ],
  ['Which tool fails most?', 'breakdown', { by: 'tool', of: 'failures', since: '30d' }, /search {2}11 {2}40/],
  ['At which hours?', 'breakdown', { by: 'hour', of: 'failures', since: '30d' }, /\d\d:00/],
  ['What guards this agent?', 'list_policies', { agent_id }, /cap .*tool_call_count gt 5 +stop/],
  [
    'What did this conversation go through?',
    'get_conversation',
    { conversation_id: 3 },
    /run-38[\s\S]*TOOL_LOOP[\s\S]*run-39/,
  ],
];

/** The most tokens (characters / 4) that the text of an answer may cost. */
const mostTokens = 600;

test('each of the ten questions is answered in one call, offline, in few tokens', async () => {
  const { api, call } = await shop();
  // What is read only when somebody asks is asked for once while the API is there.
  for (const [, tool, args] of questions) await call(tool, args);
  await api.stop();
  for (const [question, tool, args, says] of questions) {
    const { text, isError } = await call(tool, args);
    expect({ question, isError }).toEqual({ question, isError: false });
    expect(text, question).toMatch(says);
    const tokens = Math.ceil(text.length / 4);
    expect(tokens, question).toBeLessThanOrEqual(mostTokens);
  }
});
