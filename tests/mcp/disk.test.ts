import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test, vi } from 'vitest';
import { isLong } from '../support/effort.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { run, start } from '../support/program.ts';
import { clean, looping } from '../support/small-fleet.ts';
import { count, filled, noted, setUp } from './disk-harness.ts';

vi.setConfig({ testTimeout: 60_000 });

/** This process as the program names it, where the system shows who locks what. */
const whose = existsSync('/proc/locks')
  ? `process ${process.pid} (${readFileSync('/proc/self/comm', 'utf8').trim()})`
  : 'another process';

/** What a user of a server is told when something happens to the mirror's file, and what becomes of the data. */

const mode = (path: string) => statSync(path).mode & 0o777;

describe('a folder in which nothing can be made', () => {
  async function blocked() {
    const scene = await setUp();
    // Where the folder should be there is a file: that stops root as well.
    writeFileSync(dirname(scene.place.file), 'in the way');
    return scene;
  }

  test('a private temporary file takes its place, every answer says so, and it ends with the server', async () => {
    const { place, temporaries } = await blocked();
    const server = await connect(place);
    const answer = await filled(server);
    expect(answer.text).toContain('research-agent');
    expect(freshnessOf(answer).source).toBe('temporary');
    expect(answer.text).toMatch(
      /\nSource: a temporary mirror \(equal to the API .*\)\. The mirror file .* can't be used/,
    );
    expect(answer.text).toContain(
      `The mirror file ${place.file} can't be used (ENOTDIR: not a directory, mkdir '${dirname(place.file)}')`.slice(
        0,
        60,
      ),
    );
    expect(answer.text).toContain('or set DUNETRACE_DB to another file. Until then a temporary mirror replaces it');
    for (const [tool, args] of [
      ['get_run_detail', { run_id: looping }],
      ['get_mirror_status', {}],
      ['refresh_mirror', {}],
      ['search_signals', {}],
    ] as const) {
      const other = await server.call(tool, args);
      expect([tool, freshnessOf(other).source, noted(other).includes("can't be used")]).toEqual([
        tool,
        'temporary',
        true,
      ]);
    }
    const [folder = '', ...more] = readdirSync(temporaries);
    expect(more).toEqual([]);
    expect(mode(join(temporaries, folder))).toBe(0o700);
    expect(mode(join(temporaries, folder, 'mirror.db'))).toBe(0o600);
    await server.close();
    expect(readdirSync(temporaries)).toEqual([]);
  });

  test('the mirror moves to its own file once that can be used', async () => {
    const { place, temporaries } = await blocked();
    const server = await connect(place);
    await filled(server);
    rmSync(dirname(place.file));
    const back = await askUntil(
      () => server.call('list_agents'),
      (answer) => freshnessOf(answer).source !== 'temporary' && freshnessOf(answer).covered,
    );
    expect(freshnessOf(back).note).toBe(undefined);
    expect(readdirSync(temporaries)).toEqual([]);
    expect(server.stderr()).toContain('can be used again');
    expect(await count(place, 'v_runs')).toBe(3);
  });

  test('the commands refuse it, with an exit code and the way on', async () => {
    const { place } = await blocked();
    for (const args of [['sync'], ['sql', 'SELECT 1']]) {
      const { code, stderr } = await run(args, place);
      expect([args[0], code]).toEqual([args[0], 5]);
      expect(stderr).toContain(place.file);
    }
  });
});

test('what a server that was killed left behind is removed by the next one, and nothing else', async () => {
  const { place, temporaries } = await setUp();
  const dead = start(['--version'], place);
  await once(dead, 'exit');
  const stays = [`dunetrace-mcp-${process.pid}-abcdef`, 'dunetrace-mcp-notes', 'other'];
  for (const name of [...stays, `dunetrace-mcp-${dead.pid}-abcdef`])
    mkdirSync(join(temporaries, name, 'in'), { recursive: true });
  await filled(await connect(place));
  expect(readdirSync(temporaries).toSorted()).toEqual(stays.toSorted());
});

describe('a file that goes while servers use it', () => {
  test.each([
    ['alone', ['']],
    ['with its -wal and -shm', ['', '-wal', '-shm']],
    ['with its folder', undefined],
  ])('deleted %s: all of them go on with one new file, and say so', async (_, suffixes) => {
    const { place } = await setUp();
    const servers = await Promise.all([connect(place), connect(place)]);
    // Until its syncer has begun, a server has no use for the file that is worth a word.
    for (const server of servers) await server.call('refresh_mirror');
    for (const server of servers) await filled(server);
    if (suffixes) for (const suffix of suffixes) rmSync(place.file + suffix, { force: true });
    else rmSync(dirname(place.file), { recursive: true });
    for (const server of servers) {
      const answer = await filled(server);
      expect(answer.structured).toMatchObject({ total: 2 });
      expect(noted(answer)).toBe(
        `The mirror file ${place.file} was deleted or replaced while it was in use. The file that is there now replaces it.`,
      );
      expect((await server.call('get_agent_runs', { agent_id: 'research-agent' })).structured).toMatchObject({
        total: 2,
      });
    }
    expect(await count(place, 'v_runs')).toBe(3);
    for (const server of servers) await server.close();
    const check = new Database(place.file, { readonly: true });
    expect(check.pragma('integrity_check', { simple: true })).toBe('ok');
    check.close();
  });

  test('replaced by a copy of earlier: the copy is brought up to date, untouched by what was left of the other', async () => {
    const { api, place } = await setUp();
    await run(['sync', '--quiet'], place);
    const backup = join(place.folder, 'backup.db');
    copyFileSync(place.file, backup);
    const servers = await Promise.all([connect(place), connect(place)]);
    api.backend.analyse(clean, [{ failureType: 'RETRY_STORM', severity: 'LOW', stepIndex: 1 }]);
    for (const { call } of servers) {
      await askUntil(
        () => call('get_agent_signals', { agent_id: 'research-agent' }),
        (answer) => answer.text.includes('RETRY_STORM'),
      );
    }
    renameSync(backup, place.file);
    for (const { call } of servers) {
      const answer = await askUntil(
        () => call('get_agent_signals', { agent_id: 'research-agent' }),
        (got) => got.text.includes('RETRY_STORM') && noted(got) !== '',
      );
      expect(noted(answer)).toContain('was deleted or replaced while it was in use');
    }
    for (const server of servers) await server.close();
    expect(readdirSync(dirname(place.file))).toEqual(['mirror.db']);
    const check = new Database(place.file, { readonly: true });
    expect(check.pragma('integrity_check', { simple: true })).toBe('ok');
    check.close();
  });

  test("replaced by another program's database: refused by name, until that is gone", async () => {
    const { place } = await setUp();
    const server = await connect(place);
    await filled(server);
    const letters = new Database(join(place.folder, 'letters.db'));
    letters.exec('create table letters (body text)');
    letters.close();
    renameSync(join(place.folder, 'letters.db'), place.file);
    const refused = await server.call('list_agents');
    expect(refused.isError).toBe(true);
    expect(refused.text).toContain(`${place.file} is the SQLite database of another program; it was left untouched.`);
    rmSync(place.file);
    await askUntil(
      () => server.call('list_agents'),
      (answer) => !answer.isError && freshnessOf(answer).covered,
    );
    expect(await count(place, 'v_runs')).toBe(3);
  });
});

test.skipIf(process.platform !== 'linux')(
  'a server that reads its mirror keeps the lock of the thread that writes',
  async () => {
    const { place } = await setUp();
    const server = await connect(place);
    await filled(server);
    const { ino } = statSync(place.file);
    // "1: POSIX  ADVISORY  READ 4711 fe:00:2343516 128 128": without it another process that closes would take the -wal away.
    const locks = readFileSync('/proc/locks', 'utf8').split('\n');
    expect(locks.filter((line) => line.includes(` ${server.pid} `) && line.includes(`:${ino} `))).toHaveLength(1);
  },
);

/** Overwrites the first page of each of these tables in place. */
function damage(file: string, names: readonly string[]): void {
  const sqlite = new Database(file, { readonly: true });
  const size = Number(sqlite.pragma('page_size', { simple: true }));
  const find = sqlite.prepare<[string], { rootpage: number }>('select rootpage from sqlite_master where name = ?');
  const pages = names.map((name) => find.get(name)?.rootpage ?? 0);
  sqlite.close();
  const fd = openSync(file, 'r+');
  for (const page of pages) writeSync(fd, Buffer.alloc(size, 0xab), 0, size, (page - 1) * size);
  closeSync(fd);
}

test.runIf(isLong)(
  'kept locked by a process that hangs: servers start and answer from it, writes say why they fail, and go on once they can',
  async () => {
    const { place } = await setUp({ DUNETRACE_LIVE_BUDGET_MS: '300' });
    await run(['sync'], place);
    const hanging = new Database(place.file);
    hanging.exec('begin immediate');
    const server = await connect(place);
    const synced = run(['sync'], place);
    const emptied = run(['reset', '--yes'], place);
    const examined = run(['doctor'], place);
    const answer = await server.call('list_agents');
    expect(answer.text).toContain('research-agent');
    expect(freshnessOf(answer).source).toBe('mirror');
    const locked = `The mirror file ${place.file} is locked by ${whose}, which may be suspended or hang. Resume it, or end it.`;
    const refreshed = await server.call('refresh_mirror');
    expect(refreshed.isError).toBe(true);
    expect(refreshed.text).toContain(`The refresh failed; the mirror keeps what it had. ${locked}`);
    expect(await emptied).toMatchObject({ code: 5, stderr: `dunetrace-mcp: ${locked}\n` });
    const doctor = await examined;
    expect([doctor.code, doctor.stdout]).toEqual([6, expect.stringContaining(`${whose} keeps the file locked`)]);
    expect(await synced).toMatchObject({ code: 5, stderr: expect.stringContaining(`dunetrace-mcp: ${locked}`) });
    await askUntil(
      () => server.call('list_agents'),
      (late) => noted(late).includes(`${locked} Until then answers come from the file as it is.`),
    );
    hanging.close();
    await askUntil(
      () => server.call('list_agents'),
      (late) => freshnessOf(late).covered && freshnessOf(late).note === undefined,
    );
    await server.close();
  },
);

test('a refresh waits for a lock that goes', async () => {
  const { place } = await setUp({ DUNETRACE_POLL_SECONDS: '3600' });
  const server = await connect(place);
  await filled(server);
  const busy = new Database(place.file);
  busy.exec('begin immediate');
  const refreshing = server.call('refresh_mirror');
  // Its answer comes when the refresh is under way.
  await server.call('get_mirror_status');
  busy.close();
  expect(await refreshing).toMatchObject({ isError: false });
});

test.runIf(isLong)('doctor names who keeps the log from being emptied', async () => {
  const { place } = await setUp();
  await run(['sync'], place);
  const reading = new Database(place.file, { readonly: true });
  reading.exec('begin');
  reading.prepare('select * from runs').all();
  // Each pass writes when it was made.
  await run(['sync'], place);
  const { code, stdout } = await run(['doctor'], place);
  expect(code).toBe(6);
  expect(stdout).toMatch(/^warn {2}Lock +\S.* keeps reading from the file, so \d+ pages? of its write-ahead log/m);
  expect(stdout).toContain(`${whose} keeps reading from the file`);
  reading.close();
  expect((await run(['doctor'], place)).stdout).toMatch(/^ok {4}Lock +no process blocks/m);
});

test('a file that is damaged under way is moved aside, and the very answer that meets it says so', async () => {
  const { place } = await setUp({ DUNETRACE_POLL_SECONDS: '3600' });
  await run(['sync', '--quiet'], place);
  const server = await connect(place);
  await filled(server);
  damage(place.file, ['runs', 'signals']);
  const answer = await server.call('get_agent_runs', { agent_id: 'research-agent' });
  expect(answer.text).toMatch(
    /The mirror file \S+ is damaged\. It was moved to \S+\.corrupt-\S+, and a new one was started\./,
  );
  const next = await askUntil(
    () => server.call('get_agent_runs', { agent_id: 'research-agent' }),
    (got) => freshnessOf(got).covered,
  );
  expect(next.structured).toMatchObject({ total: 2 });
  const aside = readdirSync(dirname(place.file)).filter((name) => /\.corrupt-\w+$/.test(name));
  expect(aside).toHaveLength(1);
  expect(server.stderr()).not.toContain('a bug in dunetrace-mcp');
});

const limit = (pid: number, bytes: number | 'unlimited') =>
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);

test.skipIf(process.platform !== 'linux')(
  'a disk that takes no more: answers come from what the mirror holds, and say so, until there is room',
  async () => {
    const { api, place } = await setUp();
    const server = await connect(place);
    await filled(server);
    const held = await count(place, 'v_runs');
    limit(server.pid, 1);
    api.backend.analyse(clean, [{ failureType: 'RETRY_STORM', severity: 'LOW', stepIndex: 1 }]);
    const answer = await askUntil(
      () => server.call('list_agents'),
      (got) => noted(got).includes('mirror file'),
    );
    expect(answer.text).toContain('research-agent');
    expect(freshnessOf(answer).source).toBe('mirror');
    expect(noted(answer)).toMatch(
      new RegExp(
        `^The mirror file ${place.file} can't be written \\(disk I/O error\\)\\. Make room for it, .*DUNETRACE_DB`,
      ),
    );
    expect(noted(answer)).toContain('Until then answers come from the file as it is.');
    expect((await server.call('get_agent_runs', { agent_id: 'research-agent' })).structured).toMatchObject({
      total: 2,
    });
    limit(server.pid, 'unlimited');
    const after = await askUntil(
      () => server.call('get_agent_signals', { agent_id: 'research-agent' }),
      (got) => got.text.includes('RETRY_STORM') && noted(got) === '',
    );
    expect(after.structured).toMatchObject({ total: 2 });
    expect(await count(place, 'v_runs')).toBe(held);
    expect(existsSync(place.file)).toBe(true);
  },
);

test.skipIf(process.platform !== 'linux')(
  'sync on a disk that takes no more fails with the cause and its own exit code',
  async () => {
    const { place } = await setUp();
    await run(['sync', '--quiet'], place);
    const child = start(['sync', '--full'], place);
    limit(child.pid ?? 0, 1);
    child.stdin.end();
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += String(chunk);
    });
    const [code] = await once(child, 'exit');
    expect(code).toBe(5);
    expect(stderr).toContain(place.file);
  },
);
