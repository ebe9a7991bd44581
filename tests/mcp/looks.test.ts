import { expect, test } from 'vitest';
import type { SampleBackend, SignalSpec } from '../support/customer-api/backend.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';

const runIdOf = (n: number) => `${String(n).padStart(8, '0')}-7777-4777-8777-777777777777`;

function add(backend: SampleBackend, n: number, agentId: string, signal: Partial<SignalSpec> = {}, runId = runIdOf(n)) {
  const end = Date.now() / 1000 - 3600 - n;
  backend.ingestRun({ runId, agentId, agentVersion: 'v1', startedAt: end - 9, completedAt: end, exitReason: 'done' });
  backend.analyse(runId, [{ failureType: 'TOOL_LOOP', severity: 'CRITICAL', stepIndex: 1, ...signal }]);
}

async function serverOf(fill: (backend: SampleBackend) => void, env: Readonly<Record<string, string>> = {}) {
  const api = await startFakeCustomerApi();
  fill(api.backend);
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600', ...env });
  const connection = await connect(place);
  await askUntil(
    () => connection.call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  return { place, ...connection };
}

test('ids that differ in what is not seen are told apart, and taken as they read', async () => {
  const { call, client } = await serverOf((backend) => {
    add(backend, 1, 'research-agent');
    add(backend, 2, 'research\u200b-agent');
    add(backend, 3, 'research-agent ');
    add(backend, 4, 'one\u{e0041}');
    add(backend, 5, 'two\u034f', {}, `${runIdOf(5)}\u200d`);
    add(backend, 6, 'two\u180e');
  });
  const { structured, text } = await call('list_agents');
  const ids: string[] = JSON.parse(JSON.stringify(structured.items)).map((item: { agent_id: string }) => item.agent_id);
  expect(ids).toEqual([
    'research-agent',
    'research\u200b-agent',
    'research-agent ',
    'one\u{e0041}',
    'two\u034f',
    'two\u180e',
  ]);
  const shown = [
    'research-agent',
    'research\\u200b-agent',
    'research-agent\\u0020',
    'one\\udb40\\udc41',
    'two\\u034f',
    'two\\u180e',
  ];
  for (const [index, id] of ids.entries()) {
    expect(text).toContain(`\n${shown[index]} `);
    for (const agent_id of [id, shown[index]]) {
      const { structured: runs } = await call('get_agent_runs', { agent_id });
      expect(runs).toMatchObject({ agent_id: id, total: 1 });
      expect(JSON.stringify(runs)).toContain(runIdOf(index + 1));
    }
  }
  expect((await call('get_agent_runs', { agent_id: 'one' })).structured).toMatchObject({ total: 1 });
  const alike = await call('get_agent_runs', { agent_id: 'two' });
  expect(alike.isError).toBe(true);
  expect(alike.text).toBe(
    `2 agents look like "two" and differ only in invisible characters: "two\\u034f", "two\\u180e". Pass one of these ids.`,
  );
  expect((await call('get_run_detail', { run_id: `${runIdOf(5)}\\u200d` })).text).toContain(
    `Run: ${runIdOf(5)}\\u200d`,
  );
  const wrong = await call('get_signal_detail', { signal_id: 1, agent_id: 'research\u200b-agent' });
  expect(wrong.text).toContain('is not one of "research\\u200b-agent"');
  const { resources } = await client.listResources();
  expect(resources.map(({ name }) => name)).toEqual(expect.arrayContaining(shown));
  const { messages } = await client.getPrompt({
    name: 'triage-alert',
    arguments: { agent_id: 'research\u200b-agent' },
  });
  expect(JSON.stringify(messages)).toContain('research\\\\u200b-agent');
});

test('no half of a character leaves', async () => {
  const lone = 'a \ud83d b \udd34 c';
  const { call, client } = await serverOf((backend) =>
    add(backend, 1, 'agent', {
      title: lone,
      what: `${lone}\n${lone}`,
      evidence: { [lone]: lone, list: [{ [lone]: [lone] }] },
      suggestedFixes: [{ description: lone, language: lone, code: lone }],
    }),
  );
  const answers = [
    await call('get_signal_detail', { signal_id: 1 }),
    await call('search_signals'),
    await call('get_failure_pattern_detail', { agent_id: 'agent', failure_type: 'TOOL_LOOP' }),
    await call('query_mirror', { sql: 'SELECT * FROM v_signals' }),
    await call('summarize_agent', { agent_id: lone }),
    await call('search_signals', { query: lone, failure_type: lone }),
    await call(lone),
  ];
  for (const { text, structured } of answers) {
    expect(text.isWellFormed()).toBe(true);
    expect(JSON.stringify(structured)).not.toMatch(/(?<!\\)\\ud[89a-f]/);
  }
  const { contents } = await client.readResource({ uri: 'dunetrace://signals/1' });
  expect(JSON.stringify(contents)).not.toMatch(/(?<!\\)\\ud[89a-f]/);
  await expect(client.readResource({ uri: `dunetrace://agents/${lone}` })).rejects.toThrow('There is no resource');
});

test('a key that the server repeats is stored and shown nowhere', async () => {
  const key = 'dt_live_0123456789abcdef';
  const split = key.replace('0', '0\u200b');
  const { call, place, stderr } = await serverOf(
    (backend) => add(backend, 1, 'agent', { title: `t ${key}`, what: split, evidence: { [key]: split } }),
    { DUNETRACE_API_KEY: key },
  );
  const answers = [
    await call('list_agents'),
    await call('get_signal_detail', { signal_id: 1 }),
    await call('query_mirror', { sql: 'SELECT * FROM v_signals, v_agents' }),
    await call('get_mirror_status'),
  ];
  const dumped = await run(['sql', 'SELECT * FROM v_signals, v_agents', '--format', 'csv'], place);
  const all = JSON.stringify([answers, dumped.stdout, stderr()]).replaceAll('\\u200b', '').replaceAll('\u200b', '');
  expect(all).not.toContain(key);
  expect(all).toContain('t [DUNETRACE_API_KEY]');
});

test('SQL gives ids as they are, under any name, and texts without what acts', async () => {
  const id = '\u200b![x](evil.example)';
  const { call, place } = await serverOf((backend) => add(backend, 1, id, { title: 'See [this](evil.example).' }));
  const sql = 'SELECT agent_id AS agent, max(agent_id) AS agent_id, max(agent_id) AS m, title AS t FROM v_signals';
  const { text, structured } = await call('query_mirror', { sql });
  expect(structured).toMatchObject({
    columns: ['agent', 'agent_id', 'm', 't'],
    rows: [[id, id, 'x', 'See this.']],
  });
  const shown = '`\\u200b![x](evil.example)`';
  expect(text).toContain(`│ ${shown} │ ${shown} │ x │ See this. │`);
  expect((await run(['sql', sql], place)).stdout).toContain(`${shown}  ${shown}  x `);
});

test('integers of any length keep their digits', async () => {
  const digits = '12345678901234567891';
  const { call, place } = await serverOf((backend) =>
    add(backend, 1, 'agent', {
      evidence: { trace: JSON.rawJSON(digits), list: [JSON.rawJSON(`-${digits}`)], small: 7 },
    }),
  );
  const { text, structured } = await call('get_signal_detail', { signal_id: 1 });
  expect(text).toContain(`trace: ${digits}`);
  expect(structured).toMatchObject({ evidence: { trace: digits, list: [`-${digits}`], small: 7 } });
  const { text: kinds } = await call('get_failure_pattern_detail', { agent_id: 'agent', failure_type: 'TOOL_LOOP' });
  expect(kinds).toContain(`trace: ${digits} ×1`);
  const { stdout } = await run(['sql', 'SELECT evidence FROM v_signals', '--format', 'csv'], place);
  expect(stdout).toContain(digits);
});

test('types and versions that look like tags come back whole, also under names of their own', async () => {
  const { call } = await serverOf((backend) => {
    add(backend, 3, 'agent', { failureType: 'LOOP<tool>' });
    for (const [n, agentVersion] of ['v<b>', 'v<a>'].entries()) {
      const end = Date.now() / 1000 - 60 - n;
      const run = { runId: runIdOf(20 + n), agentId: 'agent', agentVersion, startedAt: end - 9, completedAt: end };
      backend.ingestRun({ ...run, exitReason: 'done' });
      backend.analyse(run.runId, []);
    }
  });
  const { structured } = await call('list_agents');
  expect(structured.items).toMatchObject([{ first_time_types: ['LOOP<tool>'] }]);
  const summary = await call('summarize_agent', { agent_id: 'agent' });
  expect(summary.structured.changes).toMatchObject({ versions: { before: 'v<a>', after: 'v<b>' } });
});
