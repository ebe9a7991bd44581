import { expect, test } from 'vitest';
import { z } from 'zod';
import { tools } from '../../src/tools/registry.ts';
import { connectAs } from '../support/client-eras.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, callTool, freshnessOf, startHttpServer, type ToolAnswer } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';
import { isRecorded, recordedRows, serveRecording } from '../support/recorded-api.ts';
import { fillTokenWorld, longAgent, longRun } from '../support/token-world.ts';
import { tokensOf } from '../support/tokens.ts';

/** What each tool's answer costs a model that gets its text alone: on a world of 50 agents, and on a real backend's recording. */

/** What no answer may pass, on any of the worlds. */
const bounds: Readonly<Record<string, number>> = {
  summarize_agent: 450,
  search_signals: 900,
  list_agents: 1200,
  get_run_detail: 900,
  get_whats_new: 500,
};

/** What was measured, on our world and on the recording; undefined: there is nothing that could be asked for. */
const figures: Readonly<Record<string, readonly [ours: number | undefined, recorded: number]>> = {
  list_agents: [982, 349],
  get_agent_signals: [582, 624],
  get_signal_detail: [298, 234],
  get_agent_health: [106, 105],
  get_run_detail: [611, 229],
  search_signals: [847, 344],
  get_agent_patterns: [169, 310],
  get_failure_pattern_detail: [232, 209],
  summarize_agent: [255, 278],
  get_agent_runs: [349, 361],
  get_agent_token_stats: [290, 353],
  compare_runs: [186, 150],
  find_similar_runs: [240, 256],
  breakdown: [129, 179],
  compare_versions: [254, 27],
  get_whats_new: [272, 375],
  search_issues: [381, 282],
  list_agent_issues: [76, 57],
  get_issue: [undefined, 192],
  list_agent_fixes: [39, 14],
  get_fix_status: [39, 15],
  list_conversations: [41, 288],
  get_conversation: [undefined, 31],
  list_approvals: [40, 56],
  list_policies: [40, 39],
  list_custom_detectors: [42, 57],
  query_mirror: [128, 143],
  get_instrumentation_guide: [1507, 1507],
  refresh_mirror: [32, 32],
  get_mirror_status: [472, 261],
};

type Args = Record<string, unknown>;

/** What is asked of each tool. */
function questions(agent_id: string, { run_id, other_run, signal_id, failure_type }: Record<string, unknown>) {
  const both = { run_id_1: run_id, run_id_2: other_run };
  const asked: Readonly<Record<string, Args>> = {
    get_agent_signals: { agent_id },
    get_signal_detail: { signal_id },
    get_agent_health: { agent_id },
    get_run_detail: { run_id },
    get_agent_patterns: { agent_id },
    get_failure_pattern_detail: { agent_id, failure_type },
    summarize_agent: { agent_id },
    get_agent_runs: { agent_id },
    get_agent_token_stats: { agent_id },
    compare_runs: both,
    find_similar_runs: { run_id },
    breakdown: { by: 'failure_type', of: 'failures' },
    compare_versions: { agent_id },
    list_agent_issues: { agent_id },
    get_issue: { issue_id: 1 },
    list_agent_fixes: { agent_id },
    get_fix_status: { signal_id },
    get_conversation: { conversation_id: 1 },
    list_policies: { agent_id },
    query_mirror: { sql: 'SELECT agent_id, count(*) AS runs FROM v_runs GROUP BY 1 ORDER BY 2 DESC LIMIT 20' },
    get_instrumentation_guide: { framework: 'python' },
  };
  return asked;
}

/** The answers of all tools as the model of a client gets them that is sent text alone. */
async function answers(apiUrl: string, asked: Readonly<Record<string, Args>>): Promise<Map<string, ToolAnswer>> {
  const place = createPlace(apiUrl, { DUNETRACE_POLL_SECONDS: '3600', DUNETRACE_RPM: '100000' });
  const where = await startHttpServer(place);
  const program = await connectAs('the client 1.x', where, 'tests');
  await askUntil(
    () => callTool(program, 'list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  const model = await connectAs('the client 1.x', where, 'claude-code');
  const told = new Map<string, ToolAnswer>();
  for (const { name } of tools) told.set(name, await callTool(model, name, asked[name]));
  return told;
}

/** Prints what they cost, and holds them to their figures. */
function hold(told: ReadonlyMap<string, ToolAnswer>, figureOf: (name: string) => number | undefined, title: string) {
  const costs = [...told].map(([name, { text }]) => ({ name, tokens: tokensOf(text) }));
  const lines = costs.map(({ name, tokens }) => `${name}: ${tokens} (${figureOf(name) ?? '-'})`);
  process.stdout.write(`Tokens of answers, ${title} (as written down):\n${lines.join('\n')}\n`);
  const grown = costs.filter(({ name, tokens }) => tokens > 1.1 * (figureOf(name) ?? Number.POSITIVE_INFINITY));
  expect(grown).toEqual([]);
  expect(costs.filter(({ name, tokens }) => tokens > (bounds[name] ?? Number.POSITIVE_INFINITY))).toEqual([]);
}

const textOf = (told: ReadonlyMap<string, ToolAnswer>, name: string) => told.get(name)?.text ?? '';

test('on a world of 50 agents', async () => {
  const api = await startFakeCustomerApi({ generation: 3 });
  fillTokenWorld(api.backend, Date.now() / 1000 - 600);
  const [signal] = api.backend.signals('research-agent', { failureType: 'TOOL_LOOP' });
  const [other] = api.backend.runs(longAgent).filter(({ run_id }) => run_id !== longRun);
  const about = { run_id: longRun, other_run: other?.run_id, signal_id: signal?.id, failure_type: 'TOOL_LOOP' };
  const told = await answers(api.url, questions('research-agent', about));
  // The pages are full.
  expect(textOf(told, 'list_agents')).toMatch(/^50 agents, gravest first/);
  expect(textOf(told, 'search_signals')).toMatch(/^Signals \(30 shown, /);
  expect(textOf(told, 'get_run_detail')).toContain('Event timeline (45 events, ');
  expect(textOf(told, 'get_run_detail')).toContain('… 5 more events');
  hold(told, (name) => figures[name]?.[0], 'a world of 50 agents');
  expect(tools.map(({ name }) => name)).toEqual(Object.keys(figures));
});

const detailShape = z.looseObject({ run_id: z.string(), agent_id: z.string(), events: z.array(z.unknown()) });
const signalShape = z.looseObject({ id: z.number(), agent_id: z.string(), failure_type: z.string() });

test.runIf(isRecorded(3))('on the recording of a real backend', async () => {
  const url = await serveRecording(3, { rebase: true });
  const details = recordedRows(3, 'run-details.ndjson').map((row) => detailShape.parse(row));
  const signals = recordedRows(3, 'signals.ndjson').map((row) => signalShape.parse(row));
  const [long, other] = details.toSorted((a, b) => b.events.length - a.events.length);
  expect(long?.events.length).toBeGreaterThanOrEqual(25);
  const signal = signals.find(({ agent_id }) => agent_id === 'research-agent');
  const about = { run_id: long?.run_id, other_run: other?.run_id, signal_id: signal?.id };
  const told = await answers(url, questions('research-agent', { ...about, failure_type: 'TOOL_LOOP' }));
  expect(textOf(told, 'search_signals')).toMatch(/^Signals \(30 shown, /);
  expect([...told].filter(([, { isError }]) => isError).map(([name]) => name)).toEqual([]);
  hold(told, (name) => figures[name]?.[1], 'the recording');
});
