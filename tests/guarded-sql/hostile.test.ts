import { readdirSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { connect } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

/** What a model, or whoever writes into its context, may try. `%` is the folder of the mirror. */
const hostile: readonly (readonly [statement: string, said: RegExp])[] = [
  ...[
    'INSERT INTO names (name) VALUES (1)',
    'INSERT INTO names (name) VALUES (1) RETURNING id',
    'REPLACE INTO names (id, name) VALUES (1, 1)',
    'UPDATE runs SET run_id = 1',
    'UPDATE runs SET run_id = 1 RETURNING run_id',
    'DELETE FROM signals',
    'DELETE FROM signals RETURNING key',
    'WITH x AS (SELECT 1) DELETE FROM runs WHERE id IN x',
    "INSERT INTO explanations_fts (explanations_fts) VALUES ('rebuild')",
    "INSERT INTO explanations_fts (explanations_fts) VALUES ('delete-all') RETURNING 1",
    'CREATE TABLE t (x)',
    'CREATE TABLE t AS SELECT * FROM runs',
    'CREATE TEMP TABLE t AS SELECT * FROM runs',
    'CREATE TEMP VIEW v AS SELECT 1',
    'CREATE INDEX i ON runs (run_id)',
    'CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM signals; END',
    'CREATE VIRTUAL TABLE t USING fts5(x)',
    'DROP TABLE runs',
    'DROP VIEW v_runs',
    'ALTER TABLE runs RENAME TO r',
    'REINDEX',
    'ANALYZE',
    'VACUUM',
    "VACUUM INTO '%/copy.db'",
    "ATTACH '%/other.db' AS other",
    "ATTACH 'file:%/other.db?mode=rwc' AS other",
    "ATTACH ':memory:' AS other",
    'DETACH main',
    'BEGIN',
    'BEGIN IMMEDIATE',
    'BEGIN EXCLUSIVE',
    'COMMIT',
    'ROLLBACK',
    'SAVEPOINT s',
    'RELEASE s',
    'EXPLAIN DELETE FROM runs',
  ].map((statement) => [statement, /Nothing was run|readonly|read-only|no such (savepoint|module)|cannot/] as const),
  ...[
    'PRAGMA user_version = 9',
    'PRAGMA main.user_version(9)',
    'PRAGMA application_id = 1',
    'PRAGMA query_only = 0',
    '/* a */ -- b\n PRAGMA query_only = 0',
    ';;PRAGMA query_only = 0',
    '\ufeffPRAGMA query_only = 0',
    'EXPLAIN PRAGMA query_only = 0',
    'EXPLAIN /**/ QUERY -- x\n PLAN PRAGMA writable_schema = 1',
    'PRAGMA writable_schema = RESET',
    'PRAGMA journal_mode = DELETE',
    'PRAGMA locking_mode = EXCLUSIVE',
    'PRAGMA wal_checkpoint(TRUNCATE)',
    'PRAGMA incremental_vacuum',
    'PRAGMA optimize',
    'PRAGMA mmap_size = 1000000000',
    'PRAGMA cache_size = 1000000',
    'PRAGMA temp_store = FILE',
    "PRAGMA temp_store_directory = '%'",
    'PRAGMA hard_heap_limit = 0',
    'PRAGMA table_info(runs); DELETE FROM runs',
  ].map((statement) => [statement, /^Only PRAGMAs that describe the schema are allowed/] as const),
  ...[
    "SELECT load_extension('%/evil.so')",
    "SELECT 1 WHERE \"LOAD_EXTENSION\" /**/ ('%/evil.so', 'main') IS NULL",
    "SELECT fts3_tokenizer('simple', x'0000000000000000')",
    "WITH x AS (SELECT max(sqlite_log(1, 'x')) FROM runs) SELECT 1 FROM names, x",
    "SELECT rtreecheck('main', 'runs')",
    'SELECT geopoly_debug(1)',
  ].map((statement) => [statement, /^The function \w+ is not allowed, because it does more than compute/] as const),
  ...[
    'SELECT * FROM pragma_optimize',
    'SELECT 1 WHERE EXISTS (SELECT 1 FROM "PRAGMA_optimize")',
    'SELECT count(*) FROM names CROSS JOIN pragma_incremental_vacuum AS json_each',
    'SELECT query_only FROM pragma_query_only',
    'SELECT * FROM fts3tokenize',
  ].map((statement) => [statement, /Only these table-valued functions are allowed|no such table/] as const),
  ...[
    'SELECT * FROM mirror_meta',
    'SELECT m.key_salt FROM main."MIRROR_META" AS m',
    'WITH t AS (SELECT key_fingerprint AS f FROM [mirror_meta]) SELECT max(f) OVER () FROM t JOIN names',
    'SELECT (SELECT length(key_salt) FROM/**/mirror_meta) FROM v_runs UNION ALL SELECT 1',
    'SELECT 1 WHERE EXISTS (SELECT 1 FROM `mirror_meta` WHERE id IN (1, 2))',
  ].map((statement) => [statement, /^mirror_meta can't be read/] as const),
  ['SELECT 1\0; DELETE FROM runs', /^The statement has a NUL character/],
  ['SELECT 1\0', /^The statement has a NUL character/],
  ["SELECT '\0'", /^The statement has a NUL character/],
  ["SELECT writefile('%/file', 'x')", /no such function/],
  ["SELECT readfile('/etc/passwd')", /no such function/],
  ["SELECT edit('x', 'sh')", /no such function/],
  ['SELECT * FROM sqlite_dbpage', /no such table/],
  ["SELECT * FROM fsdir('/')", /no such table/],
  ['SELECT * FROM pragma_wal_checkpoint', /no such table/],
  ["SELECT * FROM pragma_user_version('9')", /./],
  ['SELECT 1; SELECT 2', /more than one statement/],
  ['SELECT 1; DELETE FROM runs', /more than one statement/],
  ['SELECT 1;; PRAGMA query_only = 0', /more than one statement/],
  ['', /no statement/],
  [' ; -- nothing', /no statement/],
  ['/* never ends', /no statement/],
  ['SELECT ?', /parameter/],
  ['SELECT :name', /parameter/],
  ['SELECT zeroblob(1000000000)', /too big/],
  ['SELECT randomblob(1000000000)', /too big/],
  ["SELECT printf('%.*c', 2000000000, 'x')", /too big|memory/],
  [`SELECT ${'('.repeat(4000)}1${')'.repeat(4000)}`, /./],
];

async function besieged() {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600' });
  await run(['sync', '--quiet'], place);
  return { place, ...(await connect(place)) };
}

/** Everything that is in the file, but for what the poller itself keeps up. */
function contents(file: string): unknown {
  const mirror = new Database(file, { readonly: true });
  try {
    const tables = mirror.prepare<[], { name: string; sql: string }>('select name, sql from sqlite_schema').all();
    const rows = ['names', 'explanations', 'agents', 'runs', 'signals'].map((name) =>
      mirror.prepare(`select * from ${name}`).all(),
    );
    return [
      tables,
      rows,
      mirror.pragma('user_version'),
      mirror.pragma('integrity_check'),
      mirror.pragma('journal_mode'),
    ];
  } finally {
    mirror.close();
  }
}

test('at least 40 hostile statements change nothing, leave nothing, and tell what is wrong', async () => {
  expect(hostile.length).toBeGreaterThanOrEqual(40);
  const { place, call } = await besieged();
  // The server's own first pass is over by then.
  await call('refresh_mirror');
  const before = contents(place.file);
  const filesBefore = readdirSync(place.folder, { recursive: true });
  for (const [statement, said] of hostile) {
    const sql = statement.replaceAll('%/', `${place.folder}/`);
    const { text, isError } = await call('query_mirror', { sql });
    expect(isError, `${statement}: ${text}`).toBe(true);
    expect(text, statement).toMatch(said);
    expect(text.split('\n'), statement).toHaveLength(1);
    expect(text.length, statement).toBeLessThan(1000);
  }
  expect(contents(place.file)).toEqual(before);
  expect(readdirSync(place.folder, { recursive: true })).toEqual(filesBefore);
  expect((await call('query_mirror', { sql: 'PRAGMA user_version' })).isError).toBe(false);
  expect((await call('list_agents')).structured).toMatchObject({ total: 2 });
});

test.each([
  ['a giant string', 'SELECT hex(zeroblob(260000000))'],
  ['a giant blob', 'SELECT zeroblob(530000000)'],
  [
    'a sort of giant rows',
    'WITH RECURSIVE c (n, x) AS (SELECT 1, randomblob(40000000) UNION ALL SELECT n + 1, randomblob(40000000) FROM c LIMIT 100) SELECT n FROM (SELECT * FROM c ORDER BY x)',
  ],
  [
    'a giant aggregate',
    'WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 60) SELECT group_concat(hex(zeroblob(5000000))), json_group_array(hex(zeroblob(5000000))) FROM c',
  ],
])(
  '%s ends its own process, and nothing else',
  async (_, statement) => {
    const { place } = await besieged();
    const { code, stdout, stderr } = await run(['sql', statement, '--timeout', '100'], place);
    expect(stderr).toContain('needed more than its 512 MB of memory');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  },
  120_000,
);
