import { expect, test } from 'vitest';
import * as z from 'zod';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { connect } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';
import { fillSmallFleet, looping } from '../support/small-fleet.ts';

/** The tools over issues, fixes, approvals and conversations, with an API that has them, and with one that has not. */

const agent_id = 'research-agent';
const page = (rowsKey: string, rows: readonly object[]) => ({
  [rowsKey]: rows,
  page: { total: rows.length, offset: 0, limit: 500, has_more: false },
});

async function setUp(generation: 2 | 3, env: Record<string, string> = {}) {
  const api = await startFakeCustomerApi({ generation });
  const now = Date.now() / 1000;
  fillSmallFleet(api.backend, now);
  const lists = api.backend.plainLists;
  const issue = { agent_id, failure_type: 'TOOL_LOOP', first_seen: now - 9e5, last_seen: now - 60, affected_runs: 2 };
  const fix = {
    run_id: looping,
    failure_type: 'TOOL_LOOP',
    applied_at: now - 5e5,
    runs_after: 20,
    recurrences_after: 0,
  };
  lists.set(
    '/v1/issues/search',
    page('issues', [
      { id: 7, ...issue, status: 'reopened', clean_runs_since: 0 },
      { id: 8, ...issue, failure_type: 'SLOW_STEP', status: 'resolved', clean_runs_since: 5 },
    ]),
  );
  lists.set('/v1/agents/research-agent/fixes', { fixes: [{ id: 1, signal_id: 2, ...fix, verdict: 'verified' }] });
  const asked = { agent_id, run_id: looping, tool_name: 'pay', requested_at: new Date().toISOString() };
  lists.set('/v1/approvals', [
    { id: 1, ...asked, tool_args: '{"to":"ann"}', status: 'pending', decided_by: null },
    { id: 2, ...asked, tool_args: '{"to":"bob"}', status: 'denied', decided_by: 'carla@example.org' },
  ]);
  const conversation = { agent_id, last_run_at: now - 60, run_count: 1, has_frustration_signal: true };
  lists.set(
    '/v1/conversations/search',
    page('conversations', [{ id: 3, ...conversation, user_id: 'dora@example.org', external_id: 'call-3' }]),
  );
  lists.set('/v1/conversations/3', { id: 3, agent_id, runs: [{ run_id: looping, started_at: now - 60 }] });
  if (generation === 2) lists.clear();
  const place = createPlace(api.url, env);
  await run(['sync', '--quiet'], place);
  return { api, place, ...(await connect(place)) };
}

test('what is still open, and the issue in full', async () => {
  const { call } = await setUp(3);
  const open = await call('list_agent_issues', { agent_id });
  expect(open.structured).toMatchObject({ from: 'api', total: 1, items: [{ id: 7, status: 'reopened' }] });
  expect((await call('list_agent_issues', { agent_id, status: 'all' })).structured).toMatchObject({ total: 2 });
  expect((await call('search_issues', { query: 'slow' })).structured).toMatchObject({ items: [{ id: 8 }] });
  const { text, structured } = await call('get_issue', { issue_id: 7 });
  expect(text).toContain('#7');
  expect(structured).toMatchObject({ issue: { id: 7 }, signals: [{ failure_type: 'TOOL_LOOP' }] });
  expect((await call('get_issue', { issue_id: 99 })).text).toContain('There is no issue #99. search_issues lists');
  expect((await call('list_agent_issues', { agent_id, status: 'x' })).text).toContain(
    'open, reopened, resolved or all',
  );
});

test('whether a fix worked', async () => {
  const { call } = await setUp(3);

  expect((await call('list_agent_fixes', { agent_id })).text).toContain('verified (0 of 20 runs since failed so)');
  const known = await call('get_fix_status', { signal_id: 2 });
  expect(known.text).toContain('Verdict: verified (0 of 20 runs since failed so)');
  expect(known.structured).toMatchObject({ signal_id: 2, offered: true, fix: { verdict: 'verified' } });
  const none = await call('get_fix_status', { signal_id: 1 });
  expect(none).toMatchObject({ isError: false, structured: { signal_id: 1, offered: true } });
  expect(none.text).toContain('No fix was applied for signal #1.');
  expect((await call('get_fix_status', { signal_id: 999 })).text).toContain('There is no signal #999');
});

test('approvals and conversations, without what people wrote and who they are', async () => {
  const { call } = await setUp(3);
  const approvals = await call('list_approvals', { status: 'denied' });
  expect(approvals.structured).toMatchObject({ items: [{ id: 2, tool_name: 'pay', status: 'denied' }] });
  const conversations = await call('list_conversations', { user_id: 'dora@example.org' });
  expect(conversations.structured).toMatchObject({ total: 1, items: [{ id: 3 }] });
  expect((await call('list_conversations', { user_id: 'dora' })).structured).toMatchObject({ total: 0 });
  const conversation = await call('get_conversation', { conversation_id: 3 });
  expect(conversation.structured).toMatchObject({ runs: [{ run_id: looping, signals: [{ id: 2 }] }], runs_total: 1 });
  expect((await call('get_conversation', { conversation_id: 99 })).text).toContain('There is no conversation #99');
  for (const { text, structured } of [approvals, conversations, conversation])
    expect(text + JSON.stringify(structured)).not.toMatch(/example\.org|bob|call-3/);
});

test('of a long conversation the first runs are shown, and all are counted', async () => {
  const { api, call } = await setUp(3);
  const runs = Array.from({ length: 60 }, (_, n) => ({ run_id: `turn-${n}`, started_at: 1_779_000_000 + n }));
  api.backend.plainLists.set('/v1/conversations/4', { id: 4, agent_id, runs });
  const { text, structured } = await call('get_conversation', { conversation_id: 4 });
  expect(text).toContain('Conversation #4: 60 runs, of which these are the first 50');
  expect(structured).toMatchObject({ runs_total: 60 });
  expect(text).not.toContain('turn-50');
});

test('a page of conversations goes on where the last ended, though its last row is gone or went up', async () => {
  const { api, place, call } = await setUp(3);
  const now = Date.now() / 1000;
  const conversation = (id: number, last_run_at: number) => ({ id, agent_id, last_run_at, user_id: 'dora' });
  const show = async (rows: readonly object[]) => {
    api.backend.plainLists.set('/v1/conversations/search', page('conversations', rows));
    await run(['sync', '--full', '--quiet'], place);
  };
  const rows = [1, 2, 3, 4, 5, 6].map((id) => conversation(id, now - 100 * Math.ceil(id / 2)));
  await show(rows);
  const idsOf = z.looseObject({ items: z.array(z.object({ id: z.number() })), next_cursor: z.string().optional() });
  const ask = async (args: object) => idsOf.parse((await call('list_conversations', { limit: 3, ...args })).structured);
  const { items, next_cursor: cursor } = await ask({});
  expect(items.map(({ id }) => id)).toEqual([1, 2, 3]);
  const next = async () => (await ask({ cursor })).items.map(({ id }) => id);
  await show(rows.filter(({ id }) => id !== 3));
  expect(await next()).toEqual([4, 5, 6]);
  await show([conversation(3, now), ...rows.filter(({ id }) => id !== 3)]);
  expect(await next()).toEqual([4, 5, 6]);
});

test('with texts kept, approvals say what was asked and who decided', async () => {
  const { call } = await setUp(3, { DUNETRACE_CONTENT: 'keep' });
  const { structured } = await call('list_approvals');
  expect(structured).toMatchObject({ items: [{ tool_args: '{"to":"ann"}' }, { decided_by: 'carla@example.org' }] });
});

test('offline they answer from the mirror', async () => {
  const { api, place, close } = await setUp(3);
  await close();
  await api.stop();
  const { call } = await connect(place);
  expect((await call('search_issues', {})).structured).toMatchObject({ total: 2, from: 'api' });
  expect((await call('list_agent_fixes', { agent_id })).structured).toMatchObject({ items: [{ id: 1 }] });
});

test('an older API has none of them: issues are computed, and the rest says so', async () => {
  const { call } = await setUp(2);
  const issues = await call('search_issues', {});
  expect(issues.structured).toMatchObject({ from: 'signals' });
  expect(issues.text).toContain('This API has no issues: these are computed from signals');
  for (const [name, args] of [
    ['list_approvals', {}],
    ['list_conversations', {}],
    ['list_custom_detectors', {}],
  ] as const) {
    const { text, structured } = await call(name, args);
    expect(text, name).toContain('This Customer API does not offer');
    expect(structured, name).toMatchObject({ items: [], offered: false });
  }
});

test('what the API was seen not to offer is no longer listed, once the mirror says so', async () => {
  const { api, client } = await setUp(2);
  const names = async (of: typeof client) => (await of.listTools()).tools.map(({ name }) => name);
  // The mirror that this server found has learned from the sync before it.
  const listed = await names(client);
  expect(listed).toContain('search_issues');
  for (const name of ['get_issue', 'list_agent_fixes', 'get_conversation', 'list_policies'])
    expect(listed).not.toContain(name);
  const newest = await setUp(3);
  expect(await names(newest.client)).toContain('list_agent_fixes');
  await api.stop();
  const unread = createPlace(api.url);
  expect(await names((await connect(unread)).client)).toContain('list_policies');
});

test('an API with the issues of each agent only is read agent by agent', async () => {
  const api = await startFakeCustomerApi({ generation: 3 });
  fillSmallFleet(api.backend, Date.now() / 1000);
  const issue = { id: 5, agent_id, failure_type: 'TOOL_LOOP', status: 'open', affected_runs: 2 };
  api.backend.plainLists.set('/v1/agents/research-agent/issues', { issues: [issue], total: 1 });
  const place = createPlace(api.url);
  await run(['sync', '--quiet'], place);
  const { call } = await connect(place);
  expect((await call('search_issues', {})).structured).toMatchObject({ from: 'api', total: 1, items: [{ id: 5 }] });
  expect(api.requests.filter(({ path }) => path === '/v1/agents/research-agent/issues')).toHaveLength(1);
});
