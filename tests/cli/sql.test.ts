import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { sqlExamples } from '../../src/cli/sql-examples.ts';
import { openHistory } from '../../src/cli/sql-history.ts';
import { completions, isComplete } from '../../src/cli/sql-input.ts';
import { isOfDatabase } from '../../src/db/file.ts';
import { schemaOf } from '../../src/queries/schema.ts';
import { fillDemoStory } from '../support/demo-story.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect } from '../support/mcp-client.ts';
import { createPlace, ended, run, start } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';
import { createTempMirror } from '../support/temp-mirror.ts';

async function synced() {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url);
  await run(['sync', '--quiet'], place);
  return place;
}

test('sql prints each format', async () => {
  const place = await synced();
  const ask = async (format: string) =>
    (await run(['sql', 'SELECT agent_id, id, NULL AS n FROM v_signals ORDER BY id', '--format', format], place)).stdout;
  expect(await ask('table')).toBe(
    'agent_id          id  n\n──────────────────────────\nbilling agent №7   1  NULL\nresearch-agent     2  NULL\n(2 rows)\n',
  );
  expect(await ask('csv')).toBe('agent_id,id,n\nbilling agent №7,1,\nresearch-agent,2,\n');
  expect(await ask('ndjson')).toBe(
    '{"agent_id":"billing agent №7","id":1,"n":null}\n{"agent_id":"research-agent","id":2,"n":null}\n',
  );
  expect(JSON.parse(await ask('json'))).toEqual([
    { agent_id: 'billing agent №7', id: 1, n: null },
    { agent_id: 'research-agent', id: 2, n: null },
  ]);
});

test('sql gives CSV as the mirror holds it, and for a spreadsheet nothing that it runs', async () => {
  const place = await synced();
  const ask = (...options: string[]) =>
    run(['sql', `SELECT '=1+1' AS a, '-5' AS b, -5 AS c, char(27, 8203) || 'x' AS d`, ...options], place);
  expect((await ask('--format', 'csv')).stdout).toBe('a,b,c,d\n=1+1,-5,-5,\u001b\u200bx\n');
  expect((await ask('--spreadsheet')).stdout).toBe("a,b,c,d\n'=1+1,-5,-5,x\n");
  expect(await ask('--spreadsheet', '--format', 'json')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--spreadsheet is for CSV, not for json'),
  });
});

test('sql takes its statement from stdin, by a dash or a pipe', async () => {
  const place = await synced();
  for (const args of [['sql', '-'], ['sql']]) {
    const child = start([...args, '--format', 'csv'], place);
    child.stdin.end('SELECT count(*) AS n\nFROM v_runs;\n');
    expect(await ended(child)).toEqual({ code: 0, stdout: 'n\n3\n', stderr: '' });
  }
  expect(await run(['sql'], place)).toMatchObject({ code: 2, stderr: expect.stringContaining('no statement') });
});

test('sql keeps to its limits, and says when there is more', async () => {
  const place = await synced();
  const numbers = 'WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c';
  const few = await run(['sql', numbers, '--limit', '2'], place);
  expect(few).toMatchObject({ code: 0, stdout: 'n\n─\n1\n2\n(the first 2 rows only; there are more)\n' });
  const huge = await run(['sql', 'SELECT hex(zeroblob(500000)) AS x'], place);
  expect(huge.stdout).toMatch(/^x\n─+\n0{3900}… \[1000000 characters\]\n/);
  expect(huge.stderr).toContain('1 cell cut, followed by the full length');
  const slow = await run(['sql', `SELECT max(n) FROM (${numbers})`, '--timeout', '0.5'], place);
  expect(slow).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('longer than 0.5 s') });
  for (const wrong of [
    ['--limit', '1001'],
    ['--limit', 'x'],
    ['--timeout', '0'],
    ['--format', 'xml'],
  ])
    expect((await run(['sql', 'SELECT 1', ...wrong], place)).code, wrong.join(' ')).toBe(2);
});

test('sql explains a mistake, and refuses a file that is not its own', async () => {
  const place = await synced();
  expect(await run(['sql', 'SELECT * FROM v_signal'], place)).toMatchObject({
    code: 2,
    stdout: '',
    stderr: 'dunetrace-mcp: no such table: v_signal. Did you mean v_signals, signals?\n',
  });
  const missing = await run(['sql', 'SELECT 1'], createPlace('http://127.0.0.1:9'));
  expect(missing).toMatchObject({ code: 5, stderr: expect.stringContaining('There is no mirror yet at') });
  const other = await run(['sql', 'SELECT 1'], { env: { ...place.env, DUNETRACE_API_KEY: 'another' } });
  expect(other).toMatchObject({ code: 5, stderr: expect.stringContaining('belongs to another API key') });
  const foreign = join(place.folder, 'foreign.db');
  new Database(foreign).exec('CREATE TABLE secrets (x)').close();
  const theirs = await run(['sql', 'SELECT * FROM secrets'], { env: { ...place.env, DUNETRACE_DB: foreign } });
  expect(theirs).toMatchObject({ code: 5, stderr: expect.stringContaining('database of another program') });
});

test('every example answers something on a mirror that is filled', async () => {
  const api = await startFakeCustomerApi();
  fillDemoStory(api.backend, Date.now() / 1000 - 600);
  const { env, ...place } = createPlace(api.url, { DUNETRACE_EVENTS_DAYS: '30', DUNETRACE_RPM: '100000' });
  const { call } = await connect({ env });
  await askUntil(
    () => call('query_mirror', { sql: "SELECT count(*) AS n FROM v_run_events WHERE event_type = 'tool.responded'" }),
    ({ structured }) => Array.isArray(structured.rows) && structured.rows[0]?.[0] > 0,
  );
  const { stdout } = await run(['sql', '--examples'], { env });
  expect(sqlExamples.length).toBeGreaterThanOrEqual(12);
  for (const { answers, sql } of sqlExamples) {
    expect(stdout).toContain(`-- ${answers}\n${sql};\n`);
    const { isError, structured, text } = await call('query_mirror', { sql });
    expect(isError, `${answers}: ${text}`).toBe(false);
    expect(structured.row_count, `${answers}, in ${place.file}`).toBeGreaterThan(0);
  }
});

test('rows go to no file of a database', () => {
  const { folder, file } = createTempMirror(createFakeClock(1_780_000_000));
  const at = (name: string) => join(folder, name);
  symlinkSync(file, at('link'));
  symlinkSync(`${file}-wal`, at('link of its log'));
  const refused = [file, `${file}-wal`, `${file}-shm`, at('link'), at('link of its log')];
  expect(refused.filter(isOfDatabase)).toEqual(refused);
  writeFileSync(at('rows-wal'), 'a\n1\n');
  writeFileSync(at('rows'), 'a\n1\n');
  const allowed = [at('rows'), at('rows-wal'), at('new.csv'), at('new.csv-shm'), folder, '/dev/null'];
  expect(allowed.filter(isOfDatabase)).toEqual([]);
});

describe('what is typed', () => {
  test.each([
    ['SELECT 1;', true],
    ['SELECT 1; -- done', true],
    ["SELECT ';';", true],
    ['SELECT 1', false],
    ["SELECT ';", false],
    ['SELECT 1 -- ;', false],
    ['SELECT 1 /* ;', false],
    ['SELECT "a;b"', false],
  ])('%s is complete: %s', (typed, complete) => expect(isComplete(typed)).toBe(complete));

  test('completes to commands, tables, columns and words', () => {
    const tables = schemaOf(createTempMirror(createFakeClock(1_780_000_000)).mirror);
    expect(completions('.s', tables)).toEqual([['.schema'], '.s']);
    expect(completions('.schema v_si', tables)).toEqual([['v_signals'], 'v_si']);
    expect(completions('SELECT failure_t', tables)).toEqual([['failure_type', 'failure_types'], 'failure_t']);
    expect(completions('SELECT v_signals.sug', tables)).toEqual([['suggested_fixes'], 'sug']);
    expect(completions('SELECT x.suggested_f', tables)).toEqual([['suggested_fixes'], 'suggested_f']);
    expect(completions('sel', tables)).toEqual([['SELECT'], 'sel']);
    expect(completions('.mode nd', tables)).toEqual([['ndjson'], 'nd']);
    expect(completions('SELECT ', tables)).toEqual([[], '']);
  });

  test('is kept for its user alone, newest first; what can not be kept is told once', () => {
    const { folder } = createTempMirror(createFakeClock(1_780_000_000));
    const file = join(folder, 'sql-history');
    const warnings: string[] = [];
    const log = { warn: (message: string) => void warnings.push(message) };
    writeFileSync(file, 'SELECT 1;\nSELECT\r2;\n');
    chmodSync(file, 0o644);
    const history = openHistory(file, log);
    expect(history.statements()).toEqual(['SELECT\n2;', 'SELECT 1;']);
    for (const line of ['.mode csv', '', 'SELECT', '', ' 3;', 'SELECT 4']) history.take(line);
    history.drop();
    history.take('SELECT 1;');
    expect(history.statements()).toEqual(['SELECT 1;', 'SELECT\n\n 3;', '.mode csv', 'SELECT\n2;']);
    const kept = 'SELECT\r2;\n.mode csv\nSELECT\r\r 3;\nSELECT 1;\n';
    expect(readFileSync(file, 'utf8')).toBe(kept);
    expect(openHistory(file, log).statements()).toEqual(history.statements());
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const link = join(folder, 'planted');
    symlinkSync(file, link);
    const planted = openHistory(link, log);
    expect(planted.statements()).toEqual([]);
    planted.take('.help');
    expect(readFileSync(file, 'utf8')).toBe(kept);
    expect(readFileSync(link, 'utf8')).toBe('.help\n');
    const nowhere = openHistory(join(folder, 'no', 'folder'), log);
    expect(nowhere.statements()).toEqual([]);
    nowhere.take('.help');
    nowhere.take('.help');
    expect(warnings).toHaveLength(1);
  });
});
