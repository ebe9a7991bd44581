import { expect, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { connect } from '../support/mcp-client.ts';
import { listenTo } from '../support/notifications.ts';
import { createPlace, run } from '../support/program.ts';
import { bloated, clean, fillSmallFleet, looping } from '../support/small-fleet.ts';

const oddAgent = 'a b?c 100% №7';

/** A server over a mirror that is complete. */
async function served(extra: Record<string, string> = {}) {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, extra);
  await run(['sync', '--quiet'], place);
  const connection = await connect(place);
  const text = async (uri: string): Promise<string> => {
    const { contents } = await connection.client.readResource({ uri });
    const [content] = contents;
    expect(content).toMatchObject({ uri, mimeType: expect.any(String) });
    return content !== undefined && 'text' in content ? String(content.text) : '';
  };
  return { api, place, text, ...connection };
}

test('resources list what is newest, each with a name and a line, and all of them can be read', async () => {
  const { client, text } = await served();
  const { resources } = await client.listResources();
  const uris = resources.map(({ uri }) => uri.replace('dunetrace://', ''));
  const ofKind = (kind: string) => uris.filter((uri) => uri.startsWith(`${kind}/`));
  expect(ofKind('docs')).toEqual(expect.arrayContaining(['docs/integrate-python', 'docs/policies', 'docs/mcp-server']));
  expect(ofKind('agents')).toEqual(['agents/research-agent', 'agents/billing%20agent%20%E2%84%967']);
  expect(ofKind('signals')).toEqual(['signals/2', 'signals/1']);
  expect(ofKind('runs')).toEqual([`runs/${looping}`, `runs/${clean}`, `runs/${bloated}`]);
  expect(uris).toContain('schema');
  for (const { name, description, uri } of resources) {
    expect(`${name}${description}`).not.toMatch(/[\n\r]/);
    expect(name, uri).not.toBe('');
    expect(description, uri).toBeTruthy();
  }
  expect(resources.find(({ name }) => name === looping)).toEqual({
    uri: `dunetrace://runs/${looping}`,
    name: looping,
    description: 'Run of research-agent, started 6h ago, 1 signal',
    mimeType: 'application/json',
  });
  for (const { uri } of resources) expect((await text(uri)).length).toBeGreaterThan(2);
  const { resourceTemplates } = await client.listResourceTemplates();
  expect(resourceTemplates).toContainEqual({
    uriTemplate: 'dunetrace://runs/{run_id}',
    name: 'runs',
    title: 'Run',
    description: 'A run: its signals and its timeline.',
    mimeType: 'application/json',
  });
});

test('a guide is markdown', async () => {
  const { client } = await connect(createPlace('http://127.0.0.1:9'));
  const { contents } = await client.readResource({ uri: 'dunetrace://docs/detectors' });
  expect(contents).toEqual([
    { uri: 'dunetrace://docs/detectors', mimeType: 'text/markdown', text: expect.stringMatching(/^# /) },
  ]);
});

test('the schema has a line for every column that can be asked for', async () => {
  const { call, text } = await served();
  const shown = await text('dunetrace://schema');
  const { structured } = await call('query_mirror', { sql: 'SELECT * FROM v_run_events' });
  const [, section = ''] = /^v_run_events .*\n((?: {2}.*\n)+)/m.exec(shown) ?? [];
  expect(section.match(/\w+/gm)).toEqual(expect.arrayContaining(JSON.parse(JSON.stringify(structured)).columns));
  expect(shown).toMatch(/^sync_state \(table\): /m);
});

test('a resource shows what the tool for it answers', async () => {
  const { call, text } = await served();
  await call('get_run_detail', { run_id: looping });
  const { freshness: _, ...shown } = JSON.parse(await text(`dunetrace://runs/${looping}`));
  const { freshness: __, ...answered } = (await call('get_run_detail', { run_id: looping })).structured;
  expect(shown).toEqual(answered);
  expect(shown).toMatchObject({ run_id: looping, agent_id: 'research-agent', events_total: 5 });
  expect(JSON.parse(await text('dunetrace://agents/billing%20agent%20%E2%84%967'))).toMatchObject({ signal_count: 1 });
  expect(JSON.parse(await text('dunetrace://signals/2'))).toMatchObject({ id: 2, evidence: { tool: 'web_search' } });
});

test('notices show what sessions are told: that the API is away, and the newest CRITICAL signals', async () => {
  const { api, text, call } = await served({ DUNETRACE_POLL_SECONDS: '1' });
  const notices = async () => JSON.parse(await text('dunetrace://notices'));
  const bloat = { id: 1, agent_id: 'billing agent №7', failure_type: 'CONTEXT_BLOAT' };
  expect(await notices()).toMatchObject({ api_trouble: null, critical_signals: [bloat] });
  api.backend.analyse(clean, [{ failureType: 'COST_SPIKE', severity: 'CRITICAL', stepIndex: 1 }]);
  await call('refresh_mirror');
  expect((await notices()).critical_signals).toEqual([
    { id: 3, agent_id: 'research-agent', failure_type: 'COST_SPIKE' },
    bloat,
  ]);
  await api.stop();
  await call('refresh_mirror');
  expect((await notices()).api_trouble).toMatchObject({ kind: 'unreachable', message: expect.any(String) });
});

test('a URI that names nothing is an error that says so, and what does name something', async () => {
  const { client } = await served();
  const wrong = [
    ['nonsense', 'dunetrace://runs/<run id>'],
    ['file:///etc/passwd', 'dunetrace://docs/<name>'],
    ['dunetrace://runs/', 'URIs are'],
    ['dunetrace://runs/%ZZ', 'URIs are'],
    ['dunetrace://runs/a/b', 'percent-encode'],
    ['dunetrace://signals/one', 'dunetrace://signals/<number>'],
    ['dunetrace://docs/no-such-guide', 'There is no guide "no-such-guide"'],
    ['dunetrace://agents/resarch-agent', 'research-agent'],
    ['dunetrace://signals/99', '99'],
    ['dunetrace://runs/no-such-run', 'There is no run "no-such-run"'],
  ] as const;
  for (const [uri, said] of wrong) {
    const failed = client.readResource({ uri });
    await expect(failed, uri).rejects.toMatchObject({ code: -32602, message: expect.stringContaining(said) });
    await expect(failed, uri).rejects.not.toMatchObject({ message: expect.stringMatching(/\n +at /) });
  }
});

test('without an API, and before anything is mirrored, lists and completions answer at once', async () => {
  const { client } = await connect(createPlace('http://127.0.0.1:9'));
  const { resources } = await client.listResources();
  const more = resources.map(({ uri }) => uri).filter((uri) => !uri.startsWith('dunetrace://docs/'));
  expect(more).toEqual(['dunetrace://schema', 'dunetrace://notices']);
  const ref = { type: 'ref/prompt', name: 'triage-alert' } as const;
  const { completion } = await client.complete({ ref, argument: { name: 'agent_id', value: '' } });
  expect(completion).toMatchObject({ values: [], total: 0, hasMore: false });
});

test('a mirror that can not be opened leaves the guides, and completes to nothing', async () => {
  const { place } = await served();
  const { client } = await connect({ env: { ...place.env, DUNETRACE_API_KEY: 'another' } });
  const { resources } = await client.listResources();
  expect(resources.filter(({ uri }) => !uri.startsWith('dunetrace://docs/'))).toEqual([]);
  const ref = { type: 'ref/resource', uri: 'dunetrace://runs/{run_id}' } as const;
  const { completion } = await client.complete({ ref, argument: { name: 'run_id', value: '' } });
  expect(completion.values).toEqual([]);
  const hours = { type: 'ref/prompt', name: 'audit-fleet' } as const;
  const answer = await client.complete({ ref: hours, argument: { name: 'since_hours', value: '' } });
  expect(answer.completion.values).toEqual(['1', '6', '24', '72', '168']);
  await expect(client.readResource({ uri: `dunetrace://runs/${looping}` })).rejects.toMatchObject({
    code: -32603,
    message: expect.stringContaining('belongs to another API key'),
  });
});

test('a server that was started with a wrong setting lists the guides, and completes to nothing', async () => {
  const { client, stderr } = await connect(createPlace('http://127.0.0.1:9', { DUNETRACE_POLL_SECONDS: 'often' }));
  const { resources } = await client.listResources();
  expect(resources.length).toBeGreaterThan(0);
  expect(resources.every(({ uri }) => uri.startsWith('dunetrace://docs/'))).toBe(true);
  await client.subscribeResource({ uri: 'dunetrace://agents/a' });
  const ref = { type: 'ref/prompt', name: 'triage-alert' } as const;
  const { completion } = await client.complete({ ref, argument: { name: 'agent_id', value: '' } });
  expect(completion.values).toEqual([]);
  await expect(client.readResource({ uri: 'dunetrace://agents/a' })).rejects.toThrow('DUNETRACE_POLL_SECONDS');
  expect(stderr()).not.toContain('watching the mirror failed');
});

test('completions come from the mirror, and an argument that is not there is an error', async () => {
  const { client } = await served();
  const values = async (name: string, argument: string, value: string, agentId?: string) => {
    const context = agentId === undefined ? {} : { context: { arguments: { agent_id: agentId } } };
    const ref = { type: 'ref/prompt', name } as const;
    return (await client.complete({ ref, argument: { name: argument, value }, ...context })).completion.values;
  };
  expect(await values('triage-alert', 'agent_id', 'AGENT')).toEqual(['research-agent', 'billing agent №7']);
  expect(await values('triage-alert', 'agent_id', 'bill')).toEqual(['billing agent №7']);
  expect(await values('triage-alert', 'failure_type', '')).toEqual(['CONTEXT_BLOAT', 'TOOL_LOOP']);
  expect(await values('triage-alert', 'failure_type', '', 'research-agent')).toEqual(['TOOL_LOOP']);
  expect(await values('investigate-run', 'run', '2222')).toEqual([clean]);
  const ref = { type: 'ref/resource', uri: 'dunetrace://runs/{run_id}' } as const;
  const answer = await client.complete({ ref, argument: { name: 'run_id', value: '' } });
  expect(answer.completion).toMatchObject({ total: 3, hasMore: false, values: [looping, clean, expect.any(String)] });
  await expect(values('triage-alert', 'run', '')).rejects.toMatchObject({
    code: -32602,
    message: expect.stringContaining('agent_id, failure_type'),
  });
  await expect(values('no-prompt', 'run', '')).rejects.toMatchObject({ code: -32602 });
});

test('a subscriber hears of what it asked for when that changed, and of nothing else', async () => {
  const { api, client } = await served({ DUNETRACE_POLL_SECONDS: '1' });
  const heard = listenTo(client);
  const agentUri = 'dunetrace://agents/research-agent';
  const oddUri = `dunetrace://agents/${encodeURIComponent(oddAgent)}`;
  const cleanUri = `dunetrace://runs/${clean}`;
  const loopingUri = `dunetrace://runs/${looping}`;
  for (const uri of [agentUri, oddUri, cleanUri, loopingUri]) await client.subscribeResource({ uri });
  await client.unsubscribeResource({ uri: loopingUri });
  api.backend.analyse(clean, [{ failureType: 'RETRY_STORM', severity: 'LOW', stepIndex: 1 }]);
  await heard.until(() => heard.updated.includes(cleanUri) && heard.updated.includes(agentUri));
  expect(heard.updated).not.toContain(oddUri);
  api.backend.analyse(looping, [{ failureType: 'RETRY_STORM', severity: 'LOW', stepIndex: 1 }]);
  const now = Date.now() / 1000;
  const newRun = { runId: 'new', agentId: oddAgent, agentVersion: 'v1', startedAt: now - 20, completedAt: now - 10 };
  api.backend.ingestRun({ ...newRun, exitReason: 'run.completed' });
  api.backend.analyse('new');
  const before = heard.updated.length;
  await heard.until(() => heard.updated.includes(oddUri) && heard.updated.slice(before).includes(agentUri));
  expect(heard.updated).not.toContain(loopingUri);
  await expect(client.subscribeResource({ uri: 'dunetrace://nope' })).rejects.toMatchObject({ code: -32602 });
});

test('a change that another process brings in is told too', async () => {
  const { api, place, client, call } = await served({ DUNETRACE_POLL_SECONDS: '3600' });
  const heard = listenTo(client);
  const uri = `dunetrace://runs/${clean}`;
  await client.subscribeResource({ uri });
  // What a server finds when it starts is no news.
  await call('refresh_mirror');
  api.backend.analyse(clean, [{ failureType: 'COST_SPIKE', severity: 'CRITICAL', stepIndex: 1 }]);
  await run(['sync', '--quiet'], place);
  await heard.until(() => heard.updated.includes(uri) && heard.logged.length > 0);
  expect(heard.logged).toEqual(['critical: New CRITICAL signal: #3 COST_SPIKE on research-agent.']);
});
