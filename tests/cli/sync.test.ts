import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sync } from '../../src/cli/sync.ts';
import { StoppedError } from '../../src/errors.ts';
import { fillDemoStory } from '../support/demo-story.ts';
import { type SeenRequest, startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { createPlace, ended, run, start } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';
import { terminalIo } from '../support/terminal-io.ts';

const now = () => Date.now() / 1000;

async function smallFleet(options: Parameters<typeof startFakeCustomerApi>[0] = {}) {
  const api = await startFakeCustomerApi(options);
  fillSmallFleet(api.backend, now());
  return { api, place: createPlace(api.url) };
}

const count = async (place: { env: Record<string, string> }, table: string) => {
  const { stdout } = await run(['sql', `SELECT count(*) AS n FROM ${table}`, '--format', 'csv'], place);
  return Number(stdout.split('\n')[1]);
};

test('sync brings all, says what it did, and a second one at once asks once', async () => {
  const { api, place } = await smallFleet();
  const first = await run(['sync'], place);
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout.replace(/\d+(\.\d)? k?B, \d+\.\ds/, '<spent>').replace(place.file, '<file>')).toBe(
    'Agents:   2\nRuns:     3 (3 new)\nSignals:  2 (2 new)\n' +
      'Events:   0 of 3 runs have theirs; a server fetches none (DUNETRACE_EVENTS_DAYS=0)\nSpent:    6 requests, <spent>\nMirror:   <file>\n',
  );
  const second = await run(['sync', '--json'], place);
  expect(JSON.parse(second.stdout)).toMatchObject({
    agents: 2,
    agents_unchanged: 2,
    runs: 3,
    signals: 2,
    new_runs: 0,
    events: { runs: 3, with_events: 0, to_fetch: 0, seconds_to_fetch: 0 },
    requests: 1,
    bad_rows: 0,
    not_read: [],
    file: place.file,
  });
  expect(api.requests).toHaveLength(7);
  expect(statSync(place.file).mode & 0o777).toBe(0o600);
});

test('--check compares every row with the API, and writes nothing', async () => {
  const { api, place } = await smallFleet();
  expect(await run(['sync', '--check'], place)).toMatchObject({ code: 5, stderr: expect.stringContaining('sync') });
  await run(['sync'], place);
  expect(await run(['sync', '--check'], place)).toMatchObject({ code: 0, stderr: '' });
  api.backend.setAlerted(2);
  const found = await run(['sync', '--check', '--json'], place);
  expect(found.code).toBe(6);
  expect(JSON.parse(found.stdout)).toMatchObject({
    compared: { agents: 2, runs: 3, signals: 2 },
    differences: [{ list: 'signals', kind: 'differs', field: 'alerted', count: 1, examples: ['2'] }],
    not_read: [],
  });
  expect((await run(['sync', '--check', '--sample', '1'], place)).stdout).toContain('differ in alerted: 1 row (2)');
  expect((await run(['sync', '--check', '--full'], place)).code).toBe(2);
  expect((await run(['sync', '--sample', '1'], place)).code).toBe(2);
  expect((await run(['sync', '--check', '--sample', 'some'], place)).code).toBe(2);
  expect(await count(place, 'v_signals WHERE alerted')).toBe(0);
});

test('--full reads everything again, --agent one agent, --quiet prints nothing', async () => {
  const { api, place } = await smallFleet();
  await run(['sync'], place);
  api.backend.setAlerted(2);
  expect(await run(['sync', '--full', '--quiet'], place)).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(api.requests).toHaveLength(12);
  const alerted = await run(['sql', 'SELECT id FROM v_signals WHERE alerted', '--format', 'ndjson'], place);
  expect(alerted.stdout).toBe('{"id":2}\n');
  const one = await run(['sync', '--agent', 'billing agent №7'], place);
  expect(one.stdout).toMatch(/^Agent: +billing agent №7\nRuns: +1 \(0 new\)\nSignals: +1 \(0 new\)\n/);
  expect(
    api.requests
      .slice(13)
      .map(({ path }) => decodeURIComponent(path))
      .sort(),
  ).toEqual(['/v1/agents/billing agent №7/runs', '/v1/agents/billing agent №7/signals']);
});

test('an agent that the API does not list is a usage error that names those it does', async () => {
  const { place } = await smallFleet();
  const outcome = await run(['sync', '--agent', 'nope'], place);
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(outcome.stderr).toBe(
    'dunetrace-mcp: The Customer API lists no agent "nope". It lists: research-agent, billing agent №7.\n',
  );
});

test('exit codes tell what went wrong: 3 unreachable, 4 unauthorized, 5 mirror file, 6 done in part, 2 usage', async () => {
  const { api, place } = await smallFleet({ key: 'right' });
  const refused = await run(['sync'], { env: { ...place.env, DUNETRACE_API_KEY: 'wrong-key-1' } });
  expect(refused.code).toBe(4);
  expect(refused.stderr).toContain('Set DUNETRACE_API_KEY to an active key');
  expect(refused.stderr).not.toContain('wrong-key-1');

  // A mirror is bound to the key that the API accepts, and not to one that was mistyped.
  expect((await run(['sync'], { env: { ...place.env, DUNETRACE_API_KEY: 'right' } })).code).toBe(0);
  const other = await run(['sync'], { env: { ...place.env, DUNETRACE_API_KEY: 'wrong-key-1' } });
  expect(other.code).toBe(5);
  expect(other.stderr).toContain('belongs to another API key');

  const mine = createPlace(api.url, { DUNETRACE_API_KEY: 'right' });
  api.fail({ kind: 'status', status: 400 }, { when: ({ path }) => path.endsWith('/runs') });
  const partial = await run(['sync'], mine);
  expect(partial.code).toBe(6);
  expect(partial.stdout).toMatch(/Not read: the runs of .* answered 400: injected\)/);

  await api.stop();
  const gone = await run(['sync'], mine);
  expect(gone.code).toBe(3);
  expect(gone.stderr).toContain("can't be reached (ECONNREFUSED)");

  expect((await run(['sync', '--frob'], mine)).code).toBe(2);
  const bad = await run(['sync'], { env: { ...mine.env, DUNETRACE_RPM: 'many' } });
  expect(bad.code).toBe(2);
  expect(bad.stderr).toContain('DUNETRACE_RPM is "many"');
});

test('an id with a slash is reported, and no failure', async () => {
  const { api, place } = await smallFleet();
  api.backend.ingestRun({
    runId: '44444444-4444-4444-8444-444444444444',
    agentId: 'support-bot/eu',
    agentVersion: 'v1',
    startedAt: now() - 900,
    completedAt: now() - 890,
    exitReason: 'run.completed',
  });
  const outcome = await run(['sync'], place);
  expect(outcome.code).toBe(0);
  expect(outcome.stdout).toContain('Not read: the runs of support-bot/eu');
});

test('Ctrl-C stops after the current page, keeps it, and the next sync goes on from there', async () => {
  const api = await startFakeCustomerApi();
  fillDemoStory(api.backend, now());
  const place = createPlace(api.url, { DUNETRACE_CONCURRENCY: '1' });
  const isList = ({ path }: { path: string }) => path !== '/v1/agents';
  const held = api.hold(isList);
  const child = start(['sync'], place);
  const outcome = ended(child);
  await held.arrived;
  const said = once(child.stderr, 'data');
  child.kill('SIGINT');
  await said;
  held.release();
  const { code, stderr, stdout } = await outcome;
  expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
  expect(stderr).toContain('stopping after the current page');
  expect(stderr).toContain('the mirror keeps what was committed, and the next sync goes on from there');
  expect(api.requests).toHaveLength(2);
  expect((await count(place, 'v_runs')) + (await count(place, 'v_signals'))).toBeGreaterThan(0);
  expect((await run(['sync'], place)).code).toBe(0);
  expect(await count(place, 'v_runs')).toBe(1203);
});

test('Ctrl-C waits no longer than a few seconds for an API that hangs', async () => {
  const { api, place } = await smallFleet();
  const held = api.hold();
  const child = start(['sync'], { env: { ...place.env, DUNETRACE_TIMEOUT_SECONDS: '600' } });
  const outcome = ended(child);
  await held.arrived;
  child.kill('SIGINT');
  const { code, stderr, stdout } = await outcome;
  expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
  expect(stderr).toContain(
    'stopped: the API did not answer in time for the current page; the mirror keeps what was committed. Run `dunetrace-mcp sync` to go on.',
  );
});

test.each([
  ['for the request budget', 'waits for the request budget', { DUNETRACE_RPM: '1' }, undefined],
  ['as the API had asked', 'the API asked to wait', {}, { kind: 'status', status: 429, retryAfter: '60' }],
] as const)(
  'Ctrl-C while it waits %s says so, and does not blame the API',
  async (said, shownFirst, settings, fault) => {
    const { api } = await smallFleet();
    // Before the lists are read, one request more finds out of which generation the API is, and does not wait.
    const isOfLists = ({ path, query }: SeenRequest) => path !== '/v1/agents' && query.get('limit') !== '1';
    if (fault) api.fail(fault, { times: 1_000_000, when: isOfLists });
    const { io } = terminalIo(createPlace(api.url, settings));
    let interrupt = () => {};
    const onInterrupt = (listener: () => void) => {
      interrupt = listener;
      return () => {};
    };
    let shown = '';
    io.stderr.on('data', (chunk) => {
      shown += String(chunk);
    });
    const stopped = expect(sync({ ...io, onInterrupt }, {})).rejects.toThrow(
      new StoppedError(
        `interrupted while it waited ${said}; the mirror keeps what was committed. Run \`dunetrace-mcp sync\` to go on.`,
      ),
    );
    await expect.poll(() => shown).toContain(shownFirst);
    interrupt();
    await stopped;
  },
);

test('killed in mid-sync, the file opens at once and the next sync completes it', async () => {
  const api = await startFakeCustomerApi();
  fillDemoStory(api.backend, now());
  const place = createPlace(api.url, { DUNETRACE_CONCURRENCY: '1' });
  for (const after of [3, 5, 8]) {
    const before = api.requests.length;
    const held = api.hold(({ count: number }) => number === before + after);
    const child = start(['sync', '--full'], place);
    const outcome = ended(child);
    await held.arrived;
    child.kill('SIGKILL');
    expect((await outcome).code).toBe(null);
    held.release();
  }
  expect((await run(['sync'], place)).code).toBe(0);
  expect(await count(place, 'v_runs')).toBe(1203);
  expect(await count(place, 'v_signals')).toBe(237);
  expect((await run(['sql', 'SELECT * FROM pragma_integrity_check', '--format', 'csv'], place)).stdout).toContain('ok');
});

test('three syncs at once on one new file leave one whole mirror', async () => {
  const api = await startFakeCustomerApi();
  fillDemoStory(api.backend, now());
  const place = createPlace(api.url);
  const outcomes = await Promise.all([1, 2, 3].map(() => run(['sync', '--full', '--quiet'], place)));
  expect(outcomes.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(3).fill({ code: 0, stderr: '' }));
  expect(await count(place, 'v_runs WHERE gone_at IS NULL')).toBe(1203);
  expect(await count(place, 'v_signals WHERE gone_at IS NULL')).toBe(237);
});

test('a file that is no database is moved aside, with a warning', async () => {
  const { place } = await smallFleet();
  mkdirSync(`${place.folder}/data`);
  writeFileSync(place.file, 'shopping list\n');
  const outcome = await run(['sync'], place);
  expect(outcome.code).toBe(0);
  expect(outcome.stderr).toMatch(/warning: The mirror file .* is not a SQLite database\. It was moved to .*\.corrupt-/);
  expect(readdirSync(`${place.folder}/data`).some((name) => name.startsWith('mirror.db.corrupt-'))).toBe(true);
  expect(existsSync(place.file)).toBe(true);
});
