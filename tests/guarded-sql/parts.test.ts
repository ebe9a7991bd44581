import { describe, expect, test } from 'vitest';
import { answerOf } from '../../src/guarded-sql/answer.ts';
import { cutCell } from '../../src/guarded-sql/cells.ts';
import { refusalOfCompiled } from '../../src/guarded-sql/judge.ts';
import { hintFor } from '../../src/guarded-sql/mistakes.ts';
import { refusalOf } from '../../src/guarded-sql/statement.ts';
import { schemaOf } from '../../src/queries/schema.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror, testOwner } from '../support/temp-mirror.ts';

describe('before SQLite sees a statement', () => {
  test.each([
    'SELECT 1',
    'PRAGMA table_info(v_runs)',
    "pragma main.table_xinfo ( 'runs' ) ;",
    'PRAGMA table_list',
    'PRAGMA user_version',
    'EXPLAIN QUERY PLAN SELECT 1',
    'SELECT char(0)',
    'SELECT pragma FROM t',
    "SELECT 'PRAGMA x'",
  ])('%s may go on', (sql) => expect(refusalOf(sql)).toBeUndefined());

  test.each([
    'PRAGMA user_version(3)',
    'PRAGMA table_info(x) = 1',
    'pragma"query_only"=0',
    'PRAGMA',
    'EXPLAIN PRAGMA table_info(x)',
  ])('%s may not', (sql) => expect(refusalOf(sql)).toContain('Only PRAGMAs'));

  test('a long run of comments costs no time that anybody notices', () => {
    expect(refusalOf(`${'/* x */ -- y\n'.repeat(500)}${'-'.repeat(5000)}`)).toContain('no statement');
  });
});

describe('of a compiled statement', () => {
  test.each([
    'SELECT agent_id, count(*), max(started_at_iso), json_group_array(run_id) FROM v_runs GROUP BY 1 HAVING sum(step_count) > 0',
    'SELECT run_id, row_number() OVER (ORDER BY started_at), sum(step_count) OVER () FROM runs',
    "SELECT j.value ->> '$.x', upper(j.key) FROM v_signals, json_each(evidence) AS j WHERE title LIKE 'x%' AND j.key GLOB '*'",
    "SELECT bm25(explanations_fts), snippet(explanations_fts, 0, '', '', '', 4) FROM explanations_fts WHERE explanations_fts MATCH 'loop'",
    'WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 3) SELECT median(n), percentile(n, 50), round(avg(n), 1) FROM c',
    "SELECT name, sum(pgsize) FROM dbstat GROUP BY 1 UNION ALL SELECT date(1, 'unixepoch', 'localtime'), random()",
    'SELECT t.name, c.name FROM pragma_table_list AS t JOIN pragma_table_xinfo(t.name) AS c',
    'SELECT * FROM pragma_integrity_check',
    "SELECT * FROM sqlite_schema WHERE name = 'mirror_meta'",
    ' -- why\n;; EXPLAIN SELECT * FROM mirror_meta',
    'PRAGMA table_info(mirror_meta)',
    'VALUES (1), (abs(-2))',
  ])('%s may run', (sql) => {
    const { mirror } = createTempMirror(createFakeClock(1_780_000_000));
    expect(refusalOfCompiled(mirror, sql)).toBeUndefined();
  });
});

describe('an answer is bounded', () => {
  const limits = { rows: 200, columns: 200, cellChars: 500, rowChars: 3600, totalChars: 24_000 };
  const sizeOf = (sql: string) => {
    const { file } = createTempMirror(createFakeClock(1_780_000_000));
    const answer = answerOf({ file, access: { of: 'owner', ...testOwner }, sql, limits });
    expect(answer).toMatchObject({ say: 'rows' });
    return JSON.stringify(answer).length;
  };
  const numbers = 'WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 300)';
  const many = (what: string, times: number) => Array.from({ length: times }, () => what).join(', ');

  const sixty = `SELECT * FROM ${Array.from({ length: 60 }, (_, n) => `t AS t${n}`).join(', ')}`;

  test.each([
    ['columns with long names', `WITH t AS (SELECT 1 AS "${'x'.repeat(9000)}") ${sixty}`],
    ['empty cells', `${numbers} SELECT ${many("''", 200)} FROM c`],
    ['cells that are NULL', `${numbers} SELECT ${many('NULL', 200)} FROM c`],
    ['long cells', `${numbers} SELECT ${many('hex(zeroblob(5000))', 200)} FROM c`],
  ])('of %s', (_, sql) => expect(sizeOf(sql)).toBeLessThan(60_000));

  test('of more columns than are shown', () => {
    const { file } = createTempMirror(createFakeClock(1_780_000_000));
    const answer = answerOf({ file, access: { of: 'owner', ...testOwner }, sql: `SELECT ${many('1', 201)}`, limits });
    expect(answer).toMatchObject({ say: 'refused', message: expect.stringContaining('It has 201 columns') });
  });
});

describe('of a column, by where it comes from or by its name, it is said whether it is exact:', () => {
  const limits = { rows: 1, columns: 9, cellChars: 100, rowChars: 1000, totalChars: 1000 };
  function exactOf(sql: string) {
    const { file } = createTempMirror(createFakeClock(1_780_000_000));
    const answer = answerOf({ file, access: { of: 'owner', ...testOwner }, sql, limits });
    return answer.say === 'rows' ? answer.columns.map(({ isExact }) => isExact) : answer;
  }

  test.each([
    'SELECT agent_id, run_id, failure_type, agent_version FROM v_signals',
    'SELECT agent_id AS agent, r.run_id AS run, e.parent_run_id AS parent, input_hash AS h FROM v_run_events e JOIN v_runs r USING (agent_id)',
    'SELECT failure_types AS counts, (SELECT run_id FROM v_runs) FROM v_agents',
    'WITH t AS (SELECT DISTINCT agent_id AS a FROM v_runs) SELECT b FROM (SELECT a AS b FROM t) UNION SELECT run_id FROM v_runs',
    'SELECT max(agent_id) AS agent_id, key AS failure_type FROM v_agents, json_each(failure_types)',
    'SELECT run_id, failure_type, agent_version FROM v_fixes',
  ])('%s', (sql) => expect(exactOf(sql)).not.toContain(false));

  test.each([
    'SELECT title, what AS w, evidence, severity, agent_id || title FROM v_signals',
    'SELECT tool_name, model, event_type AS e, payload, count(*), max(agent_id) FROM v_run_events',
    'SELECT id, name, json_object(agent_id, name) AS o FROM v_policies',
  ])('not %s', (sql) => expect(exactOf(sql)).not.toContain(true));
});

describe('a cell', () => {
  test.each([
    [null, null],
    [1.5, 1.5],
    [7n, 7],
    [2n ** 60n, '1152921504606846976'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    ['abc', 'abc'],
    [Buffer.from('hi'), "x'6869'"],
  ])('%s is %s', (value, cell) => expect(cutCell(value, 20)).toEqual({ cell, isCut: false }));

  test('that is huge tells its length, and is cut between characters', () => {
    expect(cutCell('x'.repeat(50), 20)).toEqual({ cell: `${'x'.repeat(20)}… [50 characters]`, isCut: true });
    expect(cutCell(Buffer.alloc(100), 20)).toEqual({ cell: `x'${'00'.repeat(10)}…' [100 bytes]`, isCut: true });
    expect(String(cutCell('😀'.repeat(20), 21).cell).isWellFormed()).toBe(true);
  });
});

test('a name that is unknown is told with the nearest', () => {
  const tables = schemaOf(createTempMirror(createFakeClock(1_780_000_000)).mirror);
  const hint = (message: string, sql: string) => hintFor(message, sql, tables);
  expect(hint('no such table: v_signal', '')).toContain('Did you mean v_signals');
  expect(hint('no such table: main.v_run', '')).toContain('v_runs');
  const views = tables.flatMap(({ kind, name }) => (kind === 'view' ? [name] : []));
  expect(views).toContain('v_signals');
  expect(hint('no such table: zzzzzzzzzzzzzzzzzzzz', '')).toBe(` Views to read: ${views.join(', ')}.`);
  expect(hint('no such column: s.sevrity', 'SELECT s.sevrity FROM v_signals s')).toBe(' Did you mean severity?');
  expect(hint('no such column: "agentid" - should this be a string literal?', 'FROM v_runs')).toContain('agent_id');
  expect(hint('no such column: qqqqqqqqqqqqqqqqqq', 'FROM v_runs')).toContain(' v_runs has run_id, agent_id,');
  expect(hint('near "FORM": syntax error', '')).toBe('');
});
