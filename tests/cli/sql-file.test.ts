import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { createPlace, type Ended, mainScript, type Place, run } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

const count = 'SELECT count(*) AS n FROM v_runs';
/** Another user of the system, without a right to anything. */
const nobody = 65_534;

/** A colleague's mirror, closed, and a place of one's own with another key, another URL and no mirror. */
async function colleagues() {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const theirs = createPlace(api.url);
  await run(['sync', '--quiet'], theirs);
  const mine = createPlace('http://127.0.0.1:9', { DUNETRACE_API_KEY: 'another' });
  const folder = join(mine.folder, 'from a #colleague?');
  mkdirSync(folder);
  const file = join(folder, 'their mirror %41.db');
  copyFileSync(theirs.file, file);
  return { theirs, mine, folder, file };
}

const ask = (file: string, mine: Pick<Place, 'env'>, statement = count) =>
  run(['sql', '--file', file, statement, '--format', 'csv'], mine);

/** What every file of a folder holds. */
const contentsOf = (folder: string) =>
  readdirSync(folder).map((name) => [
    name,
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex'),
  ]);

/** A mirror's file and -wal as they are while a program has it open, without the -shm. */
function copyWithNewestInLog(theirs: Place, folder: string): string {
  const file = join(folder, 'open.db');
  const writer = new Database(theirs.file);
  writer.pragma('wal_autocheckpoint = 0');
  writer.exec("insert into agents (agent_id) values ('only in the log')");
  for (const suffix of ['', '-wal']) copyFileSync(theirs.file + suffix, file + suffix);
  writer.close();
  return file;
}

/** The same as another user, where this one may do anything. */
async function runAsNobody(args: readonly string[], { env }: Pick<Place, 'env'>): Promise<Ended> {
  const asNobody = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
  const child = spawn(process.execPath, [mainScript, ...args], { env, ...asNobody });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  child.stdin.end();
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: Number(code), stdout, stderr };
}

test("a colleague's mirror is read, whatever its key and URL, and nothing is written", async () => {
  const { mine, folder, file } = await colleagues();
  const before = contentsOf(folder);
  expect(await ask(file, mine)).toEqual({ code: 0, stdout: 'n\n3\n', stderr: '' });
  const link = join(mine.folder, 'link.db');
  symlinkSync(file, link);
  expect((await ask(link, mine)).stdout).toBe('n\n3\n');
  const table = await run(['sql', '--file', file, '.schema v_agents'], mine);
  expect(table.stdout).toContain('v_agents (view)');
  expect((await ask(file, mine, 'SELECT * FROM mirror_meta')).stderr).toContain("mirror_meta can't be read");
  expect((await ask(file, mine, 'DELETE FROM runs')).code).toBe(2);
  expect(contentsOf(folder)).toEqual(before);
  expect((await run(['sql', count], mine)).code).toBe(5);
});

test('a mirror of another version is read as it is', async () => {
  const { mine, folder, file } = await colleagues();
  for (const version of [1, 100, 100_000]) {
    const other = new Database(file);
    other.pragma(`user_version = ${version}`);
    other.close();
    const before = contentsOf(folder);
    expect((await ask(file, mine)).stdout, `version ${version}`).toBe('n\n3\n');
    expect(contentsOf(folder)).toEqual(before);
  }
});

test('what is only in its -wal is read, with the -shm missing, and stays there', async () => {
  const { theirs, mine, folder } = await colleagues();
  const file = copyWithNewestInLog(theirs, folder);
  const before = contentsOf(folder);
  const env = { ...mine.env, TMPDIR: join(mine.folder, 'tmp') };
  mkdirSync(env.TMPDIR);
  const found = await ask(file, { env }, "SELECT count(*) AS n FROM agents WHERE agent_id = 'only in the log'");
  expect(found).toEqual({ code: 0, stdout: 'n\n1\n', stderr: '' });
  expect(contentsOf(folder)).toEqual(before);
  expect(readdirSync(env.TMPDIR)).toEqual([]);
});

test('what another program writes at this moment is read', async () => {
  const { theirs, mine } = await colleagues();
  const writer = new Database(theirs.file);
  writer.exec("insert into agents (agent_id) values ('new')");
  expect((await ask(theirs.file, mine, "SELECT count(*) AS n FROM agents WHERE agent_id = 'new'")).stdout).toBe(
    'n\n1\n',
  );
  writer.exec("insert into agents (agent_id) values ('newer')");
  writer.close();
});

test('a mirror where nothing can be written is read, with its -wal or without', async () => {
  const { theirs, mine, folder, file } = await colleagues();
  const open = copyWithNewestInLog(theirs, folder);
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o444);
  chmodSync(folder, 0o555);
  onTestFinished(() => chmodSync(folder, 0o755));
  chmodSync(mine.folder, 0o755);
  for (const one of [file, open]) {
    const { code, stdout, stderr } = await runAsNobody(['sql', '--file', one, count, '--format', 'csv'], mine);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'n\n3\n', stderr: '' });
  }
  expect(readdirSync(folder).sort()).toEqual(['open.db', 'open.db-wal', 'their mirror %41.db']);
});

describe('what is no mirror is named', () => {
  const made = (name: string, make: (file: string) => void) => {
    const place = createPlace('http://127.0.0.1:9');
    const file = join(place.folder, name);
    make(file);
    return { place, file };
  };

  test.each([
    ['nothing', () => {}, 'There is no file'],
    ['a text', (file: string) => writeFileSync(file, 'agent,runs\n'.repeat(50)), 'is not a SQLite database'],
    ['an empty file', (file: string) => writeFileSync(file, ''), 'is empty'],
    ['a folder', (file: string) => mkdirSync(file), 'is not a regular file'],
    [
      'a database of another program',
      (file: string) => new Database(file).exec('CREATE TABLE secrets (x)').close(),
      'is the SQLite database of another program',
    ],
  ])('%s', async (name, make, told) => {
    const { place, file } = made(name, make);
    const { code, stdout, stderr } = await ask(file, place, 'SELECT * FROM secrets');
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toContain(file);
    expect(stderr).toContain(told);
    expect(readdirSync(place.folder).filter((one) => one !== '.cache')).toEqual(name === 'nothing' ? [] : [name]);
  });

  test('a mirror that lost its end', async () => {
    const { mine, file } = await colleagues();
    writeFileSync(file, readFileSync(file).subarray(0, 40_000));
    const { code, stdout, stderr } = await ask(file, mine, 'SELECT * FROM v_signals');
    expect([2, 5]).toContain(code);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/malformed|damaged/);
  });
});

describe('a mirror that was made to harm', () => {
  /** A mirror with what `statements` put into its schema. */
  async function harmful(statements: string) {
    const { mine, file } = await colleagues();
    const other = new Database(file);
    other.unsafeMode(true);
    other.exec(statements);
    other.close();
    return { mine, file };
  }

  test.each<[string, string, string, string?]>([
    [
      'a view that calls a function that does more than compute',
      "CREATE VIEW trap AS SELECT sqlite_log(1, 'x') AS x",
      'unsafe use of',
    ],
    ['a view of the key of its owner', 'CREATE VIEW trap AS SELECT * FROM mirror_meta', "can't be read"],
    [
      'a table whose name leads on',
      'CREATE VIRTUAL TABLE "a"", pragma_cache_size, ""a" USING fts5(x)',
      'Only these table-valued functions',
      'SELECT * FROM pragma_cache_size',
    ],
    [
      'itself',
      'CREATE VIEW trap AS SELECT * FROM trap2; CREATE VIEW trap2 AS SELECT * FROM trap',
      'circularly defined',
    ],
    ['a view that needs more memory than there is', 'CREATE VIEW trap AS SELECT zeroblob(530000000) AS x', '512 MB'],
  ])('its schema holds %s', async (_, statements, told, statement = 'SELECT * FROM trap') => {
    const { mine, file } = await harmful(statements);
    const { code, stdout, stderr } = await ask(file, mine, statement);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(told);
  });

  test('its names and cells steer no terminal', async () => {
    const { mine, file } = await harmful(
      'CREATE TABLE "a\u001b[2J\nb" ("c\u001b[31m"); INSERT INTO "a\u001b[2J\nb" VALUES (char(27) || \'[2J\'); CREATE TABLE constructor (x)',
    );
    const tables = await run(['sql', '--file', file, '.tables'], mine);
    expect(tables.stdout).toContain('a b (table)\nagents (table)');
    expect(tables.stdout).toContain('constructor (table)');
    const schema = await run(['sql', '--file', file, '.schema'], mine);
    const rows = await run(['sql', '--file', file, 'SELECT * FROM "a\u001b[2J\nb"'], mine);
    expect(rows.stdout).toContain('(1 row)');
    for (const { stdout, stderr } of [tables, schema, rows]) expect(stdout + stderr).not.toContain('\u001b');
  });
});
