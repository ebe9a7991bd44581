import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { createPlace, mainScript, type Place, run } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

/** util-linux's `script` gives a program a terminal. */
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;

/** A command on a terminal of 60 columns and 24 lines: what is typed, and what is shown. */
function onTerminal({ env, folder }: Place, args: readonly string[] = ['sql'], more: Record<string, string> = {}) {
  const quoted = args.map((arg) => `'${arg.replaceAll("'", "'\\''")}'`).join(' ');
  const command = `stty cols 60 rows 24; exec '${process.execPath}' '${mainScript}' ${quoted}`;
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    // Without a pager, unless a test is about one.
    env: { ...env, TERM: 'xterm', PAGER: '', LESSHISTFILE: '-', ...more },
    cwd: folder,
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let shown = '';
  child.stdout.on('data', (chunk) => {
    shown += String(chunk);
  });
  return {
    exited: once(child, 'exit'),
    all: () => shown,
    /** Types, waits until `said` is shown, and gives what was shown since. */
    type: async (keys: string, said: string): Promise<string> => {
      const from = shown.length;
      child.stdin.write(keys);
      await expect.poll(() => shown.slice(from)).toContain(said);
      return shown.slice(from);
    },
  };
}

async function synced() {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url);
  await run(['sync', '--quiet'], place);
  return place;
}

/** A statement whose table has more lines than the terminal, and is wider. */
const tall = `WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 90) SELECT n, hex(zeroblob(40)) || 'end' AS x FROM c`;

test.runIf(hasScript)('a shell on a terminal', async () => {
  const place = await synced();
  const { type, exited } = onTerminal(place);
  await type('', 'sql> ');
  await type('SELECT agent_id,\r', '...> ');
  const answer = await type('title || title AS twice FROM v_signals WHERE id = 2;\r', '(1 row)');
  expect(answer).toContain('research-agent');
  expect(answer).toMatch(/Tool loop detected: .*…/);
  for (const line of answer.split(/\r?\n/).filter((one) => one.includes('research')))
    expect(line.length).toBeLessThanOrEqual(60);
  expect(await type('.tables\r', 'sync_state (table)')).toContain('v_runs (view)');
  expect(await type('.schema v_agents\r', 'gone_at in UTC')).toContain('its id, as other views have it');
  await type('.schema v_agent\r', 'There is no table or view v_agent. Did you mean v_agents?');
  expect(await type('.help\r', 'whole statements.')).toContain('.quit');
  expect(await type('.examples\r', 'sync_state s')).toContain('-- Which failures are most frequent');
  await type('.frob\r', 'There is no .frob. There are: .examples, .exit,');
  await type('.scheme\r', 'Did you mean .schema?');
  await type('SELECT * FROM v_signal;\r', 'Did you mean v_signals');
  await type('SELECT severity FROM v_sig\t', 'v_signals');
  await type(' LIMIT 1;\r', '(1 row)');
  await type('SELECT nothing \u0003', '^C');
  await type('WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c;\r', 'FROM c;');
  await type('\u0003', 'Ended.');
  await type('SELECT 40 + 2 AS answer;\r', '42');
  await type('\u0004', '');
  expect(await exited).toEqual([0, null]);
});

test.runIf(hasScript)('its mode, and a file for the rows of one statement', async () => {
  const place = await synced();
  const { type, exited } = onTerminal(place);
  await type('', 'sql> ');
  await type('.mode\r', 'The mode is table. There are: table, json, csv, ndjson.');
  await type('.mode xml\r', 'There is no format "xml".');
  await type('.mode ndjson\r', 'sql> ');
  await type("SELECT 1 AS a, '' AS b, NULL AS c;\r", '{"a":1,"b":"","c":null}');
  await type('.once\r', '.once takes the name of a file.');
  await type('.once rows.ndjson\r', 'sql> ');
  await type('SELECT frob;\r', 'no such column');
  expect(existsSync(join(place.folder, 'rows.ndjson'))).toBe(false);
  await type('.once rows.ndjson\r', 'sql> ');
  const quiet = await type('SELECT 2 AS a;\r', 'sql> ');
  expect(quiet).not.toContain('{');
  expect(readFileSync(join(place.folder, 'rows.ndjson'), 'utf8')).toBe('{"a":2}\n');
  for (const file of ['rows.ndjson', 'none.ndjson']) {
    await type(`.once ${file}\r`, 'sql> ');
    await type('SELECT 2 AS a WHERE false;\r', 'sql> ');
    expect(readFileSync(join(place.folder, file), 'utf8')).toBe('');
  }
  await type('.mode table\r', 'sql> ');
  await type('.once rows.txt\r', 'sql> ');
  await type(`${tall};\r`, 'sql> ');
  expect(readFileSync(join(place.folder, 'rows.txt'), 'utf8')).toMatch(
    /^ n {2}x\n─+\n 1 {2}0{80}end\n[\s\S]*\(90 rows\)\n$/,
  );
  await type('.once no/such/folder\r', 'sql> ');
  await type('SELECT 3 AS a;\r', "no/such/folder can't be written");
  await type('SELECT 4 AS a;\r', '(1 row)');
  await type('exit\r', '');
  expect(await exited).toEqual([0, null]);
});

test.runIf(hasScript)('no file of a database takes the rows of a statement', async () => {
  const place = await synced();
  // As long as it is open here, its -wal and -shm stay.
  const open = new Database(place.file);
  onTestFinished(() => {
    open.close();
  });
  open.pragma('user_version');
  const link = join(place.folder, 'link.csv');
  symlinkSync(place.file, link);
  const copy = join(place.folder, 'copy.db');
  copyFileSync(place.file, copy);
  const targets = [place.file, `${place.file}-wal`, `${place.file}-shm`, link, copy];
  const held = () => [place.file, `${place.file}-wal`, copy].map((file) => readFileSync(file));
  const before = held();
  const { type, exited } = onTerminal(place);
  await type('', 'sql> ');
  for (const target of targets)
    for (const mode of ['table', 'csv']) {
      await type(`.mode ${mode}\r`, 'sql> ');
      await type(`.once ${target}\r`, 'sql> ');
      await type('SELECT 1 AS a;\r', 'nothing was written');
    }
  expect(held()).toEqual(before);
  await type('.quit\r', '');
  expect(await exited).toEqual([0, null]);
});

test.runIf(hasScript)('the up arrow brings back whole statements, of an earlier shell too', async () => {
  const place = await synced();
  const others = join(dirname(place.file), 'sql-history');
  writeFileSync(others, 'of another program');
  const first = onTerminal(place);
  await first.type('', 'sql> ');
  await first.type('SELECT 40\r', '...> ');
  await first.type('+ 2 AS answer;\r', '42');
  await first.type('SELECT dropped\r', '...> ');
  await first.type('\u0003', '^C');
  await first.type('\u001b[A', '+ 2 AS answer;');
  await first.type('\r', '42');
  await first.type('.quit\r', '');
  expect(await first.exited).toEqual([0, null]);
  const history = `${place.file}.sql-history`;
  expect(readFileSync(history, 'utf8')).toBe('SELECT 40\r+ 2 AS answer;\n.quit\n');
  expect(statSync(history).mode & 0o777).toBe(0o600);
  expect(readFileSync(others, 'utf8')).toBe('of another program');
  const second = onTerminal(place);
  await second.type('', 'sql> ');
  await second.type('\u001b[A', '.quit');
  await second.type('\u001b[A', '+ 2 AS answer;');
  await second.type('\r', '42');
  await second.type('quit\r', '');
  expect(await second.exited).toEqual([0, null]);
});

const hasLess = spawnSync('less', ['--version']).status === 0;

test.runIf(hasScript && hasLess)(
  'a table that is longer than the screen is for the pager, with nothing cut',
  async () => {
    const place = await synced();
    const { PAGER: _, ...unset } = place.env;
    const shell = onTerminal({ ...place, env: unset }, ['sql'], { PAGER: 'less -S' });
    await shell.type('', 'sql> ');
    await shell.type(`${tall};\r`, '\u001b[?1049h');
    await shell.type('\u001bOC', 'end');
    await shell.type('q', 'sql> ');
    await shell.type('SELECT 40 + 2 AS answer;\r', '(1 row)');
    await shell.type('.quit\r', '');
    expect(await shell.exited).toEqual([0, null]);
  },
);

describe.runIf(hasScript)('a pager', () => {
  /** A pager that says what it got. */
  const told = { PAGER: `sed 's/^/paged: /'; echo "key: $DUNETRACE_API_KEY."` };

  test('takes a long table, and no key', async () => {
    const place = await synced();
    const { exited, all } = onTerminal(
      { ...place, env: { ...place.env, DUNETRACE_API_KEY: 'dt_dev_test' } },
      ['sql', tall],
      told,
    );
    expect(await exited).toEqual([0, null]);
    expect(all()).toContain('paged: (90 rows)');
    expect(all()).toContain('key: .');
  });

  test.each([
    ['a short table', ['sql', 'SELECT 1 AS n'], told, '(1 row)'],
    ['rows for a program', ['sql', tall, '--format', 'csv'], told, '90,'],
    ['anything when it is empty', ['sql', tall], { PAGER: '' }, '(90 rows)'],
    ['anything when it is cat', ['sql', tall], { PAGER: 'cat' }, '(90 rows)'],
    ['anything when there is none of that name', ['sql', tall], { PAGER: 'no-such-pager' }, '(90 rows)'],
  ])('takes not %s', async (_, args, env, shown) => {
    const { exited, all } = onTerminal(await synced(), args, env);
    expect(await exited).toEqual([0, null]);
    expect(all()).toContain(shown);
    expect(all()).not.toContain('paged:');
  });
});

test('what goes to a pipe is for no pager', async () => {
  const place = await synced();
  const { stdout } = await run(['sql', tall], { env: { ...place.env, PAGER: 'echo paged' } });
  expect(stdout).toContain('(90 rows)');
  expect(stdout).not.toContain('paged');
});

test('a command with a dot is an argument, too', async () => {
  const place = await synced();
  const tables = await run(['sql', '.tables'], place);
  expect(tables).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^v_agent_issues \(view\)\n/) });
  const schema = (await run(['sql', '.schema v_runs'], place)).stdout;
  expect(schema).toContain('started_at_iso');
  expect(schema).not.toContain('v_signals');
  expect((await run(['sql', '.schema'], place)).stdout).toContain('v_signals (view)');
  expect((await run(['sql', '.help'], place)).stdout).toContain('.once FILE');
  expect((await run(['sql', '.examples'], place)).stdout).toBe((await run(['sql', '--examples'], place)).stdout);
  expect(await run(['sql', '.quit'], place)).toEqual({ code: 0, stdout: '', stderr: '' });
  const wrong = { code: 2, stdout: '' };
  expect(await run(['sql', '.table'], place)).toMatchObject({
    ...wrong,
    stderr: expect.stringContaining('mean .tables?'),
  });
  expect(await run(['sql', '.mode csv'], place)).toMatchObject({
    ...wrong,
    stderr: expect.stringContaining('--format'),
  });
});
