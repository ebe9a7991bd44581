import { existsSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { createPlace, ended, start } from '../support/program.ts';
import { evil, evilAgent, fillReportWorld } from '../support/report-world.ts';

/** A mirror of the report's world, and a way to run commands beside it. */
async function createMirror() {
  const api = await startFakeCustomerApi();
  fillReportWorld(api.backend, Date.now() / 1000);
  const place = createPlace(api.url);
  const call = (...args: string[]) => ended(start(args, place, place.folder));
  expect(await call('sync', '--quiet')).toMatchObject({ code: 0 });
  return { api, place, call, read: (name: string) => readFileSync(join(place.folder, name), 'utf8') };
}

test('the file is named on stdout, has every agent, and says when its days end', async () => {
  const { place, call, read } = await createMirror();
  const { code, stdout, stderr } = await call('report', '--days', '3');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(`${join(place.folder, 'dunetrace-report.html')}\n`);
  const page = read('dunetrace-report.html');
  expect(page).toMatch(/The 3 days from 20\d\d-\d\d-\d\d up to 20\d\d-\d\d-\d\d \d\d:\d\d UTC/);
  for (const agent of ['busy-agent', 'calm-agent']) expect(page).toContain(`<h2>${agent} `);
  expect(page).not.toContain(evil);
  expect(page).not.toContain(evilAgent);
});

/** The words of a page, without its style. */
const wordsOf = (page: string) =>
  page
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');

test('first comes what is new, what got worse and what it costs, then all agents, the gravest first', async () => {
  const { call } = await createMirror();
  const { stdout } = await call('report', '--days', '3', '--out', '-');
  const words = wordsOf(stdout);
  const inOrder = [
    'What is new 9 signals: 1 CRITICAL, 5 HIGH, 3 MEDIUM 8 of 17 runs failed, 47%',
    'First time: TOOL_LOOP of',
    'New agents:',
    'What got worse',
    'busy-agent with v2: 0/5 runs (0%) → 5/5 runs (100%), +100 points (95% interval',
    'What it costs',
    '3 agents in these 3 days, the gravest first',
    'busy-agent ▲ worse first time: CONTEXT_BLOAT, +1 new agent 10 50% 6',
    'calm-agent new agent 4 0% 0',
    'New versions, against the runs before them v2: 0/5 runs (0%) → 5/5 runs (100%)',
  ];
  const escaped = inOrder.map((text) => text.replace(/[()+.*?]/g, '\\$&'));
  expect(words).toMatch(new RegExp(escaped.join('.*')));
  expect(words).toMatch(/HIGH 5 signals: [^#]*Signals (#\d+, ){4}#\d+\./);
});

test('of many agents 25 are in full, the rest in the table', async () => {
  const { api, call } = await createMirror();
  const startedAt = Date.now() / 1000 - 7200;
  for (let n = 0; n < 25; n += 1) {
    const run = { agentVersion: 'v1', startedAt, completedAt: startedAt + 1, exitReason: 'run.completed' };
    api.backend.ingestRun({ ...run, runId: `run-${n}`, agentId: `one-more-${n}` });
    api.backend.analyse(`run-${n}`);
  }
  expect(await call('sync', '--quiet')).toMatchObject({ code: 0 });
  const { stdout } = await call('report', '--out', '-');
  expect(stdout.match(/<section class="agent"/g)).toHaveLength(25);
  expect(stdout.match(/<tr role="row" id="row-/g)).toHaveLength(28);
  expect(wordsOf(stdout)).toContain('28 agents in these 7 days');
});

test('it is private, and goes through no link', async () => {
  const { place, call, read } = await createMirror();
  writeFileSync(join(place.folder, 'precious'), 'mine');
  writeFileSync(join(place.folder, 'dunetrace-report.html'), '', { mode: 0o644 });
  symlinkSync('precious', join(place.folder, 'dunetrace-report.html.new'));
  symlinkSync('precious', join(place.folder, 'linked.html'));
  for (const file of ['dunetrace-report.html', 'linked.html']) {
    expect(await call('report', '--out', file)).toMatchObject({ code: 0 });
    expect(lstatSync(join(place.folder, file)).mode).toBe(0o100600);
  }
  expect(read('precious')).toBe('mine');
});

test('one agent, on stdout', async () => {
  const { call } = await createMirror();
  const { code, stdout } = await call('report', '--agent', 'calm-agent', '--out', '-');
  expect(code).toBe(0);
  expect(stdout).toContain('<h2>calm-agent ');
  expect(stdout).not.toContain('busy-agent');
});

test('it needs no API, and says so when the mirror is not whole', async () => {
  const { api, place, call, read } = await createMirror();
  await api.stop();
  expect(await call('report', '--out', 'r.html')).toMatchObject({ code: 0 });
  expect(read('r.html')).not.toContain('⚠');
  const empty = await ended(start(['report'], createPlace(api.url)));
  expect(empty.code).toBe(5);
  expect(empty.stderr).toContain('dunetrace-mcp sync');
  expect(existsSync(join(place.folder, 'r.html.new'))).toBe(false);
});

test.each([
  [['--days', '0'], /--days is "0"; it takes a whole number from 1 to 90/],
  [['--days', '1.5'], /--days is "1\.5"/],
  [['--agent', 'bussy-agent'], /has no agent "bussy-agent"\. It has: .*busy-agent/],
  [['--out', 'taken/report.html'], /can't be written to .*taken.*Name another file with --out/],
])('report %j is a usage error', async (args, message) => {
  const { place, call } = await createMirror();
  writeFileSync(join(place.folder, 'taken'), '');
  const { code, stderr } = await call('report', ...args);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
});
