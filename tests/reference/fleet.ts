import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf, type McpConnection } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';

/** The facts that the Python server's own suite is about: one agent with two failures, and one without any. */

export const looping = 'aaaaaaaa-1111-4111-8111-111111111111';
export const spending = 'bbbbbbbb-2222-4222-8222-222222222222';
export const clean = 'cccccccc-3333-4333-8333-333333333333';

const loop = {
  failureType: 'TOOL_LOOP',
  severity: 'HIGH',
  stepIndex: 5,
  confidence: 0.9,
  evidence: { tool: 'web_search', count: 6, args_identical: true, args_hashes: Array.from({ length: 20 }, () => 'x') },
  title: 'Tool loop detected: `web_search` called 6×',
  what: 'The agent called web_search 6 times with identical args.',
  whyItMatters: 'Wastes tokens and delays response.',
  suggestedFixes: [
    { description: 'Deduplicate tool calls', language: 'python', code: 'seen = set()\ncall_tool(args)' },
  ],
} as const;

const spike = {
  failureType: 'COST_SPIKE',
  severity: 'CRITICAL',
  stepIndex: 10,
  confidence: 0.95,
  evidence: { total_tokens: 80_000 },
  title: 'Cost spike: 80k tokens',
  what: 'Token usage was 5× above the baseline.',
  suggestedFixes: [{ description: 'Add token budget guard', language: 'python', code: '' }],
} as const;

const eventOf = (step: number, type: string, timestamp: number, payload: Record<string, unknown>) => ({
  event_type: type,
  step_index: step,
  timestamp,
  payload,
  parent_run_id: step === 0 ? 'parent-run-xyz' : null,
});

/** A server whose mirror holds all of it, and a client of it. Signal #1 is the older COST_SPIKE, #2 the TOOL_LOOP. */
export async function connectToReference(): Promise<McpConnection> {
  const api = await startFakeCustomerApi();
  const { backend } = api;
  const now = Date.now() / 1000;
  const own = { agentId: 'my-agent', agentVersion: 'v1.2.3', exitReason: 'run.completed' };
  const rest = { ...own, agentId: 'clean-agent' };
  backend.ingestRun({ ...rest, runId: clean, startedAt: now - 9000, completedAt: now - 8990 });
  backend.analyse(clean);
  backend.ingestRun({ ...own, runId: spending, startedAt: now - 7300, completedAt: now - 7230, totalTokens: 80_000 });
  backend.analyse(spending, [{ ...spike, detectedAt: now - 7200 }]);
  const start = now - 660;
  const events = [
    eventOf(0, 'run.started', start, {}),
    eventOf(1, 'llm.called', start + 1, { model: 'gpt-4o-mini', prompt_tokens: 500 }),
    eventOf(2, 'tool.called', start + 5, { tool_name: 'web_search', args_hash: 'ffa8f58f' }),
    eventOf(8, 'run.completed', start + 30, { exit_reason: 'final_answer', total_steps: 8 }),
  ];
  backend.ingestRun({ ...own, runId: looping, startedAt: start, completedAt: start + 30, events });
  backend.analyse(looping, [{ ...loop, detectedAt: now - 600 }]);
  const connection = await connect(createPlace(api.url));
  await askUntil(
    () => connection.call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  return connection;
}
