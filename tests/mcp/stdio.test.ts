import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace, run, start } from '../support/program.ts';
import { scoresAsked } from '../support/scores.ts';
import { bloated, clean, fillSmallFleet, looping } from '../support/small-fleet.ts';

async function fleet(extra: Record<string, string> = {}) {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  return { api, place: createPlace(api.url, extra) };
}

/** An answer's text without what differs from run to run. */
const stable = (answer: string) =>
  answer
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, '<time>')
    .replaceAll(/(just now|\d+s ago)/g, '<age>')
    .replaceAll(/, \d+s old\./g, ', <age> old.')
    .replaceAll(/ since \d\d-\d\d \(UTC\)/g, ' since <day> (UTC)')
    .replaceAll(/127\.0\.0\.1:\d+/g, '<api>');

test('the tools are listed with their schemas, and nothing waits for the API', async () => {
  const { client } = await connect(createPlace('http://127.0.0.1:9'));
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual([
    'list_agents',
    'get_agent_signals',
    'get_signal_detail',
    'get_agent_health',
    'get_run_detail',
    'search_signals',
    'get_agent_patterns',
    'get_failure_pattern_detail',
    'summarize_agent',
    'get_agent_runs',
    'get_agent_token_stats',
    'compare_runs',
    'find_similar_runs',
    'breakdown',
    'compare_versions',
    'get_whats_new',
    'search_issues',
    'list_agent_issues',
    'get_issue',
    'list_agent_fixes',
    'get_fix_status',
    'list_conversations',
    'get_conversation',
    'list_approvals',
    'list_policies',
    'list_custom_detectors',
    'query_mirror',
    'get_instrumentation_guide',
    'refresh_mirror',
    'get_mirror_status',
  ]);
  // All of it is in a model's context for as long as a session lasts.
  expect(JSON.stringify({ tools }).length).toBeLessThan(30 * 1024);
  for (const tool of tools) {
    expect(tool.inputSchema).toMatchObject({ type: 'object', properties: expect.any(Object) });
    expect(tool.outputSchema).toMatchObject({ type: 'object', required: expect.arrayContaining(['freshness']) });
    expect(tool.annotations).toMatchObject({ readOnlyHint: true });
  }
  expect(JSON.stringify(tools)).not.toContain('$ref');
});

test('tools answer from a mirror that was just begun, and keep answering once the API is gone', async () => {
  const { api, place } = await fleet({ DUNETRACE_POLL_SECONDS: '1' });
  const { call, close } = await connect(place);
  const agents = await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  expect(stable(agents.text)).toMatchInlineSnapshot(`
    "2 agents, gravest first; NEW: signals since <day> (UTC), ▲: a failure type for the first time since then, or more failing runs than in the 7 days before
    AGENT  RUNS  SIGS  CRIT  HIGH  NEW  LAST SEEN  FAILURE TYPES
    billing agent №7  1  1  1  0  1  26h ago  ▲CONTEXT_BLOAT×1
    research-agent  2  1  0  1  1  6h ago  ▲TOOL_LOOP×1
    Source: the API, asked <age>."
  `);
  expect(agents.structured).toMatchObject({
    total: 2,
    returned: 2,
    items: [
      { agent_id: 'billing agent №7' },
      { agent_id: 'research-agent', run_count: 2, failure_types: { TOOL_LOOP: 1 } },
    ],
  });
  const runs = await call('get_agent_runs', { agent_id: 'research-agent' });
  expect(stable(runs.text)).toMatchInlineSnapshot(`
    "Recent runs for: research-agent
    RUN ID  STARTED  DUR  STEPS  SIGS STATUS  VERSION  EXIT
    11111111…  6h ago  5.6s  7  🔴 1  abcd1234  run.completed
    22222222…  7h ago  4.5s  1  ✅ 0  abcd1234  run.completed
    Source: mirror, <age> old."
  `);
  const signals = await call('get_agent_signals', { agent_id: 'research-agent' });
  expect(stable(signals.text)).toMatchInlineSnapshot(`
    "Signals for research-agent (1 shown, 1 matched):
    🟠 [HIGH] TOOL_LOOP conf=90% step=7 6h ago id=2 run=11111111…
      Tool loop detected: \`web_search\` called 6× in steps 2–7
      What: The agent called web_search 6 times with identical args.
      Fix: Deduplicate \`web_search\` calls
    Source: mirror, <age> old."
  `);
  const detail = await call('get_run_detail', { run_id: looping });
  expect(stable(detail.text)).toMatchInlineSnapshot(`
    "Run: 11111111-1111-4111-8111-111111111111
    Agent: research-agent vabcd1234
    Started: <time> (6h ago)
    Duration: 5.6s
    Steps: 7
    Tokens: 512
    Cost: $0.000077 (prices of 2025-11-30)
    Exit: run.completed
    Signals (1):
    🟠 [HIGH] TOOL_LOOP conf=90% step=7 id=2
      The agent called web_search 6 times with identical args.
      Fix: Deduplicate \`web_search\` calls
    Event timeline (5 events, texts hashed):
    [0] +0.0s step=0 run.started
    [1] +0.1s step=1 llm.called model=gpt-4o-mini p=512
    [2–3] +1.2s step=2 tool call tool=web_search args=ffa8f58f ok=true 200ms
    [4] +5.6s step=7 run.completed final_answer
    Source: the API, asked <age>."
  `);
  await api.stop();
  const offline = await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).note !== undefined,
  );
  expect(freshnessOf(offline).note).toContain("can't be reached (ECONNREFUSED)");
  expect(offline.text).toContain('research-agent');
  expect((await call('get_run_detail', { run_id: looping })).text).toContain(
    'tool=web_search args=ffa8f58f ok=true 200ms',
  );
  expect((await call('get_agent_signals', { agent_id: 'billing agent №7' })).text).toContain('CONTEXT_BLOAT');
  await api.start();
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).note === undefined,
  );
  await close();
});

test('filters and limits: severity in any case, counts before the limit, a limit out of range is said', async () => {
  const { api, place } = await fleet();
  const { call } = await connect(place);
  for (let n = 0; n < 5; n += 1)
    api.backend.analyse(clean, [{ failureType: 'RETRY_STORM', severity: 'LOW', stepIndex: n }]);
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  const low = await call('get_agent_signals', { agent_id: 'research-agent', severity: 'low', limit: 2 });
  expect(low.structured).toMatchObject({ total: 5, returned: 2 });
  const none = await call('get_agent_signals', { agent_id: 'research-agent', severity: 'CRITICAL' });
  expect(none.text).toContain('None of the 6 mirrored signals matches.');
  const all = await call('get_agent_signals', { agent_id: 'research-agent', limit: 1_000_000_000 });
  expect(all.structured).toMatchObject({ total: 6, returned: 6 });
  expect(all.text).toContain('(limit 1000000000 is out of range; 100 was used, the maximum is 100)');
  expect((await call('get_agent_runs', { agent_id: 'research-agent', limit: -5 })).structured).toMatchObject({
    returned: 1,
  });
});

test('wrong arguments get an error that names what is wrong and what is right', async () => {
  const { place } = await fleet();
  const { call } = await connect(place);
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  const wrong: [string, Record<string, unknown>, string][] = [
    ['get_agent_runs', { agentid: 'x' }, 'agent_id is missing; unknown argument "agentid" (did you mean agent_id?).'],
    ['get_agent_runs', { agent_id: null, n: 1 }, 'agent_id is missing; unknown argument "n".'],
    ['get_agent_runs', {}, 'agent_id is missing. It takes agent_id, limit, has_signals, input_hash, cursor.'],
    [
      'get_agent_signals',
      { agent_id: 'research-agent', severity: 'BAD' },
      'severity: takes CRITICAL, HIGH, MEDIUM, LOW.',
    ],
    ['get_agent_signals', { agent_id: 'research-agent', limit: 1.5 }, 'limit: takes a whole number.'],
    [
      'get_agent_runs',
      { agent_id: 'resarch' },
      'There is no agent "resarch". Did you mean research-agent? list_agents lists all 2.',
    ],
    ['get_run_detail', { run_id: "x'; DROP TABLE runs; --" }, 'There is no run'],
    ['get_run_detail', { run_id: `\u0000${'🙂'.repeat(900)}` }, 'There is no run'],
    ['get_run_detail', { run_id: '🙂'.repeat(5000) }, 'run_id: is longer than 2000 characters.'],
    ['resolve_issue', { issue_id: 1 }, 'There is no tool "resolve_issue": this server only reads. Resolve an issue in'],
    ['nope', {}, 'There is no tool "nope". There are: list_agents,'],
    ['list_agent', {}, 'There is no tool "list_agent". Did you mean list_agents?'],
  ];
  for (const [name, args, said] of wrong) {
    const answer = await call(name, args);
    expect(answer.isError, answer.text).toBe(true);
    expect(answer.text).toContain(said);
    expect(answer.text.length).toBeLessThan(1500);
  }
});

test('a first start with the API gone is an error that names the URL, the cause and the next step', async () => {
  const { call } = await connect(createPlace('http://127.0.0.1:9'));
  for (const [name, args] of [
    ['list_agents', {}],
    ['search_signals', { severity: 'HIGH' }],
    ['summarize_agent', { agent_id: 'research-agent' }],
    ['get_signal_detail', { signal_id: 42 }],
    ['get_run_detail', { run_id: looping }],
  ] as const) {
    const answer = await call(name, args);
    expect(answer).toMatchObject({ isError: true, structured: {} });
    expect(stable(answer.text)).toBe(
      "Nothing is mirrored yet, and the API can't be asked. The Customer API at http://<api> can't be reached (ECONNREFUSED). Is the backend running, and DUNETRACE_API_URL right? Run `dunetrace-mcp doctor` to find the cause.",
    );
  }
  const status = await call('get_mirror_status');
  expect(freshnessOf(status)).toMatchObject({ source: 'mirror', synced_at: null, stale: true, covered: false });
});

test('a start with the API gone on an old mirror answers from it, and tells its age', async () => {
  const { api, place } = await fleet({ DUNETRACE_POLL_SECONDS: '1' });
  await run(['sync', '--quiet'], place);
  await api.stop();
  const { call } = await connect(place);
  const answer = await askUntil(
    () => call('get_agent_runs', { agent_id: 'research-agent' }),
    (got) => freshnessOf(got).stale,
  );
  expect(answer.text).toContain(looping.slice(0, 8));
  const told = await askUntil(
    () => call('list_agents'),
    (got) => freshnessOf(got).note !== undefined,
  );
  expect(stable(told.text)).toMatch(
    /Source: the local mirror \(equal to the API <age>\)\. This may be out of date\. The Customer API/,
  );
});

test('a slow API delays an answer by no more than the budget', async () => {
  const { api, place } = await fleet({ DUNETRACE_LIVE_BUDGET_MS: '50' });
  const held = api.hold();
  const { call } = await connect(place);
  await held.arrived;
  const answer = await call('list_agents');
  expect(freshnessOf(answer)).toMatchObject({ covered: false, synced_at: null });
  expect(answer.text).toContain('has not answered in full yet');
  held.release();
  await askUntil(
    () => call('list_agents'),
    (got) => freshnessOf(got).covered,
  );
});

test('a run that no list shows yet is fetched live; one that the API does not know is an error', async () => {
  const { api, place } = await fleet({ DUNETRACE_POLL_SECONDS: '3600' });
  const { call } = await connect(place);
  await askUntil(
    () => call('list_agents'),
    (got) => freshnessOf(got).covered,
  );
  await scoresAsked(api);
  const before = api.requests.length;
  const fetched = await call('get_run_detail', { run_id: bloated });
  expect(freshnessOf(fetched).source).toBe('live');
  expect(fetched.text).toContain('Duration: 2m 10s');
  expect(freshnessOf(await call('get_run_detail', { run_id: bloated })).source).toBe('mirror');
  expect(api.requests.length).toBe(before + 1);
  const unknown = await call('get_run_detail', { run_id: 'no-such-run' });
  expect(unknown.isError).toBe(true);
  expect(unknown.text).toContain('There is no run "no-such-run": the API does not know it.');
});

test('a mirror file of another owner, or no file at all possible, is an error that names the file and the fix', async () => {
  const { api, place } = await fleet();
  await run(['sync', '--quiet'], place);
  const { call } = await connect({ env: { ...place.env, DUNETRACE_API_KEY: 'another' } });
  const answer = await call('list_agents');
  expect(answer.isError).toBe(true);
  expect(answer.text).toContain(`${place.file} belongs to another API key of ${api.url}`);
});

test('stdout carries the protocol alone, and the server ends with its client', async () => {
  const { place } = await fleet();
  const child = start([], place);
  const stdout = text(child.stdout);
  const request = (id: number, method: string, params: object) =>
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
  request(1, 'initialize', {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 't', version: '0' },
  });
  request(2, 'tools/call', { name: 'list_agents', arguments: {} });
  request(3, 'server/discover', {});
  await once(child.stdout, 'data');
  child.stdin.end();
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  const messages = (await stdout)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(messages.every(({ jsonrpc }) => jsonrpc === '2.0')).toBe(true);
  expect(messages.find(({ id }) => id === 3)?.error?.code).toBe(-32601);
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends the server at once, with the mirror whole and the lease given up',
  async (signal) => {
    const { place } = await fleet();
    const child = start([], place);
    child.stdin.write(
      `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 't', version: '0' } } })}\n`,
    );
    await once(child.stdout, 'data');
    child.kill(signal);
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    const status = JSON.parse((await run(['status', '--json'], place)).stdout);
    expect(status.poller).toBe(null);
  },
);

test('of several servers on one file one polls, and all answer', async () => {
  const { api, place } = await fleet({ DUNETRACE_POLL_SECONDS: '3600' });
  const servers = await Promise.all([1, 2, 3].map(() => connect(place)));
  for (const { call } of servers)
    await askUntil(
      () => call('list_agents'),
      (answer) => freshnessOf(answer).covered,
    );
  const status = JSON.parse((await run(['status', '--json'], place)).stdout);
  expect(servers.map(({ pid }) => pid)).toContain(status.poller.pid);
  expect(api.requests.length).toBeLessThan(40);
});
