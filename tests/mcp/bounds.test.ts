import { expect, test } from 'vitest';
import type { SampleBackend, SignalSpec } from '../support/customer-api/backend.ts';
import { isLong } from '../support/effort.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf, type ToolAnswer } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';

/**
 * An answer's size and time have an end, whatever the rows. What took quadratic time took minutes with texts as long as
 * these: the test's limit is a guard, and nothing is timed.
 */

const maxBytes = 200_000;
const spaces = ' '.repeat(400_000);
/** What made expressions go back over white space. */
const blank = `a\n${spaces}b`;
const runIdOf = (n: number) => `${String(n).padStart(8, '0')}-7777-4777-8777-777777777777`;

interface Row extends Partial<SignalSpec> {
  agentId: string;
  agentVersion?: string;
}

function add(backend: SampleBackend, n: number, { agentId, agentVersion = 'v1', ...signal }: Row): string {
  const end = Date.now() / 1000 - 3600 - n;
  const runId = runIdOf(n);
  backend.ingestRun({
    runId,
    agentId,
    agentVersion,
    startedAt: end - 9,
    completedAt: end,
    exitReason: 'run.completed',
  });
  backend.analyse(runId, [{ failureType: 'TOOL_LOOP', severity: 'HIGH', stepIndex: 1, ...signal }]);
  return runId;
}

async function serverOf(agent: string, fill: (backend: SampleBackend) => void) {
  const api = await startFakeCustomerApi();
  fill(api.backend);
  const connection = await connect(
    createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600', DUNETRACE_TIMEOUT_SECONDS: '120' }),
  );
  await askUntil(
    () => connection.call('list_agents'),
    ({ structured }) => structured.total === 1,
  );
  await askUntil(
    () => connection.call('get_agent_signals', { agent_id: agent, limit: 1 }),
    (answer) => freshnessOf(answer).covered && answer.structured.total !== 0,
  );
  return connection;
}

/** An answer within its bounds. */
function bounded(name: string, { text, structured, isError }: ToolAnswer): ToolAnswer {
  expect(isError, `${name}: ${text.slice(0, 300)}`).toBe(false);
  const bytes = Buffer.byteLength(JSON.stringify(text)) + Buffer.byteLength(JSON.stringify(structured));
  expect(bytes, name).toBeLessThanOrEqual(maxBytes);
  expect(text.split('\n').at(-1), name).toMatch(/^Source: /);
  return { text, structured, isError };
}

const about = (agent_id: string, run_id: string): [string, Record<string, unknown>][] => [
  ['list_agents', {}],
  ['get_agent_signals', { agent_id, limit: 100 }],
  ['get_agent_runs', { agent_id, limit: 100 }],
  ['get_agent_health', { agent_id }],
  ['get_agent_patterns', { agent_id }],
  ['get_failure_pattern_detail', { agent_id, failure_type: 'TOOL_LOOP' }],
  ['summarize_agent', { agent_id }],
  ['get_agent_token_stats', { agent_id }],
  ['search_signals', { limit: 200 }],
  ['search_signals', { failure_type: 'NO_SUCH_TYPE' }],
  ['get_signal_detail', { signal_id: 1 }],
  ['get_run_detail', { run_id }],
  ['compare_runs', { run_id_1: run_id, run_id_2: runIdOf(run_id === runIdOf(2) ? 1 : 2) }],
  ['find_similar_runs', { run_id, limit: 50 }],
  ['breakdown', { by: 'failure_type', of: 'failures', since: '90d', limit: 100 }],
  ['breakdown', { by: 'version', of: 'cost', since: '90d', limit: 100 }],
  ['compare_versions', { agent_id }],
  ['get_whats_new', { since: '90d' }],
  ['get_mirror_status', {}],
  ['query_mirror', { sql: 'SELECT * FROM v_signals' }],
];

test.runIf(isLong)('texts that are blank for long, in every field', { timeout: 300_000 }, async () => {
  const agent = `blank\n${' '.repeat(1500)}agent`;
  const { call, client } = await serverOf(agent, (backend) => {
    const evidence = JSON.parse(
      JSON.stringify({ [blank]: blank, list: [blank, { deep: blank }], tabs: '\t\n'.repeat(100_000) }),
    );
    for (const n of [1, 2, 3])
      add(backend, n, {
        agentId: agent,
        agentVersion: blank,
        evidence,
        title: blank,
        what: blank,
        whyItMatters: blank,
        suggestedFixes: [{ description: blank, language: blank, code: `${'` '.repeat(200_000)}\n${spaces}` }],
      });
    add(backend, 4, { agentId: agent, failureType: blank });
  });
  for (const [name, args] of about(agent, runIdOf(1))) bounded(name, await call(name, args));
  const { resources } = await client.listResources();
  expect(Buffer.byteLength(JSON.stringify(resources))).toBeLessThan(maxBytes);
  for (const uri of [
    `dunetrace://agents/${encodeURIComponent(agent)}`,
    'dunetrace://signals/1',
    `dunetrace://runs/${runIdOf(1)}`,
  ]) {
    const { contents } = await client.readResource({ uri });
    expect(Buffer.byteLength(JSON.stringify(contents))).toBeLessThan(maxBytes);
  }
});

test('many lines, fixes and types', { timeout: 300_000 }, async () => {
  const agent = 'prolific';
  const { call, client } = await serverOf(agent, (backend) => {
    add(backend, 1, {
      agentId: agent,
      what: 'line\n'.repeat(300_000),
      whyItMatters: '\n'.repeat(300_000),
      // As many of this size as a body that is read may hold.
      suggestedFixes: Array.from({ length: 600 }, (_, n) => ({
        description: `fix ${n}`,
        language: 'py',
        code: 'x = 1234567890123\n'.repeat(1100),
      })),
    });
    add(backend, 2, { agentId: agent });
    backend.analyse(
      runIdOf(2),
      Array.from({ length: 4000 }, (_, n) => ({
        failureType: `TYPE_${n}_${'界'.repeat(50)}`,
        severity: 'LOW',
        stepIndex: 1,
      })),
    );
  });
  for (const [name, args] of about(agent, runIdOf(2))) bounded(name, await call(name, args));
  const { text, structured } = bounded('get_signal_detail', await call('get_signal_detail', { signal_id: 1 }));
  expect(text).toMatch(/^\(the answer is longer than its limit \(200 kB\); \d+ lines are left out\..*\)$/m);
  expect(JSON.stringify(structured.notes)).toContain('the answer is longer than its limit');
  expect(text.match(/^ *`{3,}/gm)?.length).toSatisfy((fences: number) => fences > 0 && fences % 2 === 0);
  const { contents } = await client.readResource({ uri: 'dunetrace://signals/1' });
  expect(Buffer.byteLength(JSON.stringify(contents))).toBeLessThan(maxBytes);
});

test('a page that is too large has fewer rows, and the next one goes on behind them', async () => {
  const agent = 'wide';
  const { call } = await serverOf(agent, (backend) => {
    for (let n = 1; n <= 120; n += 1) add(backend, n, { agentId: agent, agentVersion: `${n} ${'界'.repeat(3000)}` });
  });
  const seen: unknown[] = [];
  let cursor: unknown;
  do {
    const args = { agent_id: agent, limit: 100, ...(cursor === undefined ? {} : { cursor }) };
    const { structured, text } = bounded('get_agent_runs', await call('get_agent_runs', args));
    const { items, returned, next_cursor: next } = structured;
    expect(items).toHaveLength(Number(returned));
    if (seen.length === 0) expect(text).toContain('an answer has at most 200 kB');
    seen.push(...JSON.parse(JSON.stringify(items)).map((item: { run_id: string }) => item.run_id));
    cursor = next;
  } while (cursor !== undefined);
  expect(seen).toEqual(Array.from({ length: 120 }, (_, n) => runIdOf(n + 1)));
});
