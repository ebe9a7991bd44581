import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { call as callCommand } from '../../src/cli/call.ts';
import { tools } from '../../src/tools/registry.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace, ended, run, start } from '../support/program.ts';
import { fillSmallFleet, looping } from '../support/small-fleet.ts';
import { terminalIo } from '../support/terminal-io.ts';

/** A fleet, and the place of a user who has synced it. */
async function synced(extra: Record<string, string> = {}) {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, extra);
  await run(['sync', '--quiet'], place);
  return { api, place };
}

const withoutAge = (text: string) => text.replaceAll(/\d+s (ago|old)|just now/g, '<age>');

test('call answers as the server does, as text and as JSON', async () => {
  const { place } = await synced({ DUNETRACE_POLL_SECONDS: '3600' });
  const { call } = await connect(place);
  const args = { agent_id: 'research-agent', limit: 1 };
  const served = await call('get_agent_signals', args);
  const typed = ['call', 'get_agent_signals', JSON.stringify(args)];
  const text = await run(typed, place);
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(withoutAge(text.stdout)).toBe(withoutAge(`${served.text}\n`));
  const json = await run([...typed, '--json'], place);
  expect(json).toMatchObject({ code: 0, stderr: '' });
  const { freshness: _, ...signals } = JSON.parse(json.stdout);
  expect(served.structured).toMatchObject(signals);
  expect(signals).toMatchObject({ agent_id: 'research-agent', returned: 1 });
});

describe('a short form is a call', () => {
  test.each([
    [['agents'], 'list_agents', {}],
    [['signals'], 'search_signals', {}],
    [['signals', 'billing agent №7'], 'get_agent_signals', { agent_id: 'billing agent №7' }],
    [['run', looping.slice(0, 8)], 'get_run_detail', { run_id: looping }],
    [['whatsnew', '7d'], 'get_whats_new', { since: '7d' }],
    [['patterns', 'research-agent'], 'get_agent_patterns', { agent_id: 'research-agent' }],
    [['search', 'identical', 'args'], 'search_signals', { query: 'identical args' }],
  ])('%j', async (words, tool, args) => {
    const { place } = await synced();
    const short = await run([...words, '--json'], place);
    expect(short).toMatchObject({ code: 0, stderr: '' });
    const { freshness: _, ...found } = JSON.parse(short.stdout);
    const long = await run(['call', tool, JSON.stringify(args), '--json'], place);
    const { freshness: _aside, ...wanted } = JSON.parse(long.stdout);
    // Ages and windows count from the moment of each call.
    const stable = (value: object) =>
      JSON.stringify(value).replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+Z"|\d{10}(\.\d+)?/g, '"<moment>"');
    expect(stable(found)).toBe(stable(wanted));
    expect((await run(words, place)).stdout).toMatch(/\nSource: mirror, \d+s old\.\n$/);
  });

  test('whatsnew without a time is about a day', async () => {
    const { place } = await synced();
    expect((await run(['whatsnew'], place)).stdout).toContain('(24h ago)');
  });
});

test('a mirror that a server keeps fresh answers, and the API is not asked', async () => {
  const { api, place } = await synced();
  const { call } = await connect(place);
  await askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  await api.stop();
  const { code, stdout, stderr } = await run(['signals', 'research-agent'], place);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('TOOL_LOOP');
  expect(stdout).toMatch(/\nSource: mirror, \d+s old\.\n$/);
});

test('without a mirror it asks the API, and leaves no poller', async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, { DUNETRACE_LIVE_BUDGET_MS: '20000' });
  const { code, stdout, stderr } = await run(['run', looping], place);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('web_search');
  expect(stdout).toContain('Source: the API, asked just now.');
  expect(existsSync(place.file)).toBe(true);
  const mirror = new Database(place.file, { readonly: true });
  expect(mirror.prepare('SELECT count(*) FROM lease WHERE expires_at > unixepoch()').pluck().get()).toBe(0);
  mirror.close();
  expect((await run(['agents'], place)).stdout).toContain('research-agent');
});

test('with the API away it answers from what is there, within the budget, and says so', async () => {
  const { api, place } = await synced({ DUNETRACE_POLL_SECONDS: '1' });
  await api.stop();
  const mirror = new Database(place.file);
  mirror.exec('update fleet_state set synced_at = synced_at - 600');
  mirror.close();
  const { code, stdout } = await run(['agents'], place);
  expect(code).toBe(0);
  expect(stdout).toContain('research-agent');
  expect(stdout).toContain('ECONNREFUSED');
});

test('what a tool refuses is its own error, on stderr, with exit code 1', async () => {
  const { place } = await synced();
  const { call } = await connect(place);
  for (const [tool, args] of [
    ['list_agent', {}],
    ['get_agent_signals', { agent_id: 'research-agnt' }],
    ['get_agent_signals', { agent_id: 'research-agent', limt: 3 }],
    ['resolve_issue', {}],
    ['query_mirror', { sql: 'DELETE FROM runs' }],
  ] as const) {
    const { text, isError } = await call(tool, args);
    expect(isError).toBe(true);
    const told = { code: 1, stdout: '', stderr: `dunetrace-mcp: ${text}\n` };
    expect(await run(['call', tool, JSON.stringify(args)], place)).toEqual(told);
    expect(await run(['call', tool, JSON.stringify(args), '--json'], place)).toEqual(told);
  }
});

test('wrong usage exits 2', async () => {
  const { place } = await synced();
  expect(await run(['call', 'list_agents', '{'], place)).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('The arguments are not JSON.'),
  });
  for (const wrong of [['run'], ['patterns'], ['search'], ['agents', 'too', 'many'], ['call', 'a', '{}', 'b']])
    expect((await run(wrong, place)).code, wrong.join(' ')).toBe(2);
  const { code, stderr } = await run(['agents'], { env: { ...place.env, DUNETRACE_API_URL: 'nonsense' } });
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('DUNETRACE_API_URL') });
});

test('arguments come from stdin, too', async () => {
  const { place } = await synced();
  const child = start(['call', 'query_mirror', '-', '--json'], place);
  child.stdin.end('{"sql": "SELECT count(*) AS n FROM v_runs"}\n');
  const { code, stdout } = await ended(child);
  expect({ code, rows: JSON.parse(stdout).rows }).toEqual({ code: 0, rows: [[3]] });
});

test('call without a tool lists them, a line each, and needs nothing', async () => {
  const place = createPlace('http://127.0.0.1:9');
  const { code, stdout } = await run(['call'], place);
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.split(' ')[0])).toEqual(tools.map(({ name }) => name));
  for (const line of lines) expect(line).toMatch(/^\w+ {2,}\S.+$/);
  expect(existsSync(dirname(place.file))).toBe(false);
});

test.each(['refresh_mirror', 'list_agents'])('%s shows its progress on a terminal, and nowhere else', async (tool) => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const budget = { DUNETRACE_LIVE_BUDGET_MS: '20000' };
  const { io, shown } = terminalIo(createPlace(api.url, budget));
  expect(await callCommand(io, { tool, args: {} }, {})).toBe(0);
  const { stdout, stderr } = await shown();
  expect(stdout).toMatch(/^\w.*\n/);
  expect(stderr.startsWith('\r\u001b[K[')).toBe(true);
  expect(stderr).toContain('] 2/2 agents  5/5 rows');
  expect(stderr.endsWith('\r\u001b[K')).toBe(true);
  expect(await run(['call', tool], createPlace(api.url, budget))).toMatchObject({ code: 0, stderr: '' });
});

test('Ctrl-C ends it while it waits', async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, { DUNETRACE_LIVE_BUDGET_MS: '60000', DUNETRACE_TIMEOUT_SECONDS: '60' });
  const held = api.hold();
  const child = start(['agents'], place);
  await held.arrived;
  child.kill('SIGINT');
  expect(await ended(child)).toMatchObject({ code: 6, stdout: '', stderr: expect.stringContaining('Ended before') });
  held.release();
});

test('an id can not steer a terminal by the JSON of any command, and is the same in it', async () => {
  const api = await startFakeCustomerApi();
  const now = Date.now() / 1000;
  const [agentId, runId] = ['agent\u009b2J', '44444444-4444-4444-8444-444444444444'];
  const times = { startedAt: now - 60, completedAt: now - 50 };
  api.backend.ingestRun({ runId, agentId, agentVersion: 'v1', exitReason: 'run.completed', ...times });
  const { env } = createPlace(api.url);
  api.fail({ kind: 'status', status: 400 }, { times: 1000, when: ({ path }) => path.endsWith('/signals') });
  for (const args of [['sync'], ['sync', '--check'], ['status'], ['agents']]) {
    const { stdout } = await run([...args, '--json'], { env });
    expect(stdout, args.join(' ')).toContain('agent\\u009b2J');
    expect(stdout, args.join(' ')).not.toMatch(/[\u0080-\u009f]/);
    expect(JSON.stringify(JSON.parse(stdout))).toContain(`"${agentId}"`);
  }
});

test('the key is nowhere in what it prints or keeps', async () => {
  const { place } = await synced({ DUNETRACE_API_KEY: 'dt_secret_of_mine' });
  const outcome = await run(['agents', '--json'], place);
  expect(outcome.code).toBe(0);
  expect(outcome.stdout + outcome.stderr).not.toContain('dt_secret_of_mine');
  expect(readFileSync(place.file).includes('dt_secret_of_mine')).toBe(false);
});
