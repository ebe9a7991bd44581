import { readdirSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { createPlace, run } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

async function synced() {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url);
  await run(['sync', '--quiet'], place);
  return { api, place };
}

test('status before any sync says what to do, and exits 0', async () => {
  const api = await startFakeCustomerApi();
  const place = createPlace(api.url);
  const { code, stdout } = await run(['status'], place);
  expect(code).toBe(0);
  expect(stdout).toBe(
    `File:       ${place.file} (not there yet: run \`dunetrace-mcp sync\`)\nAPI:        ${api.url} (reachable)\n`,
  );
});

test('status shows the mirror, and whether the API answers', async () => {
  const { api, place } = await synced();
  const { stdout } = await run(['status'], place);
  const stable = stdout
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d UTC \((just now|\d+s ago)\)/g, '<moment>')
    .replace(/\d+\.\d kB/, '<size>');
  expect(stable).toBe(
    [
      `File:       ${place.file} (<size>)`,
      `API:        ${api.url} (reachable)`,
      'Last pass:  <moment>',
      'Last error: none',
      'Poller:     none',
      'Texts:      hashed (DUNETRACE_CONTENT=hash)',
      'Events:     0 of 3 runs have theirs; a server fetches none (DUNETRACE_EVENTS_DAYS=0)',
      '',
      'AGENT             RUNS  COVERED  SIGNALS  COVERED',
      '─────────────────────────────────────────────────',
      'research-agent       2  all            1  all',
      'billing agent №7     1  all            1  all',
      '',
    ].join('\n'),
  );
  await api.stop();
  const json = JSON.parse((await run(['status', '--json'], place)).stdout);
  expect(json).toMatchObject({
    file: place.file,
    api_url: api.url,
    api_reachable: false,
    poller: null,
    agents: [
      { agent_id: 'research-agent', gone: false, runs: { rows: 2, covered_from: 'all' }, signals: { rows: 1 } },
      { agent_id: 'billing agent №7' },
    ],
  });
  expect(json.api_error).toContain('ECONNREFUSED');
});

test('status fails when nothing polls and polls were missed', async () => {
  const api = await startFakeCustomerApi();
  const place = createPlace(api.url);
  await run(['sync', '--quiet'], place);
  expect((await run(['status'], place)).code).toBe(0);
  const mirror = new Database(place.file);
  mirror.exec('update fleet_state set synced_at = synced_at - 91');
  mirror.close();
  const { code, stdout } = await run(['status'], place);
  expect(code).toBe(6);
  expect(stdout).toContain('nothing polls the API: start a server, or run `dunetrace-mcp sync`');
  const json = JSON.parse((await run(['status', '--json'], place)).stdout);
  expect(json).toMatchObject({ left_alone: true, poller: null });
  const full = await run(['status'], { env: { ...place.env, DUNETRACE_MAX_MB: '1' } });
  expect(full.stdout).not.toContain('DUNETRACE_MAX_MB');
});

test('help, version and unknown commands', async () => {
  const place = createPlace('http://127.0.0.1:9');
  const help = await run(['--help'], place);
  expect(help.code).toBe(0);
  for (const word of ['serve', 'sync', 'status', 'doctor', 'sql', 'demo', 'DUNETRACE_API_URL', 'Exit codes']) {
    expect(help.stdout).toContain(word);
  }
  expect((await run(['sync', '--help'], place)).stdout).toContain('--full');
  expect((await run(['--version'], place)).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  const unknown = await run(['frob'], place);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toBe(
    'dunetrace-mcp: There is no command "frob". There are: serve, sync, status, doctor, config, call, agents, signals, run, whatsnew, patterns, search, sql, report, reset, completion, demo, help.\n',
  );
});

test.each(['1', '3'])(
  'the demo syncs, asks, cuts the API off, asks again, and leaves nothing behind (%s)',
  async (generation) => {
    const place = createPlace('http://127.0.0.1:9');
    const outcome = await run(['demo', ...(generation === '3' ? [] : ['--generation', generation])], {
      env: { ...place.env, TMPDIR: place.folder },
    });
    expect(outcome.stderr).toBe('');
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toContain('Signals:  237 (237 new)');
    const [before, after] = outcome.stdout.split('The API is cut off.');
    expect(before).toMatch(/> list_agents[\s\S]*research-agent +340/);
    expect(before).toMatch(/> get_run_detail[\s\S]*Event timeline \(\d+ events, texts \w+/);
    expect(before).toMatch(/> summarize_agent[\s\S]*═══ Agent summary: checkout-agent ═══/);
    expect(before).toMatch(/> search_signals[\s\S]*Signals \(3 shown, \d+ matched\):[\s\S]*TOOL_LOOP/);
    expect(after).toMatch(/> list_agents[\s\S]*research-agent +340[\s\S]*can't be reached \(ECONNREFUSED\)/);
    expect(readdirSync(place.folder)).toEqual([]);
  },
);
