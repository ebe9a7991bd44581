import { describe, expect, test } from 'vitest';
import { cutCell } from '../../src/guarded-sql/cells.ts';
import { hintFor } from '../../src/guarded-sql/mistakes.ts';
import { refusalOf } from '../../src/guarded-sql/statement.ts';
import { schemaOf } from '../../src/queries/schema.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror } from '../support/temp-mirror.ts';

describe('before SQLite sees a statement', () => {
  test.each([
    'SELECT 1',
    'PRAGMA table_info(v_runs)',
    "pragma main.table_xinfo ( 'runs' ) ;",
    'PRAGMA table_list',
    'PRAGMA user_version',
    'EXPLAIN QUERY PLAN SELECT 1',
    'SELECT pragma FROM t',
    "SELECT 'PRAGMA x'",
  ])('%s may go on', (sql) => expect(refusalOf(sql)).toBeUndefined());

  test.each([
    'PRAGMA user_version(3)',
    'PRAGMA table_info(x) = 1',
    'pragma"query_only"=0',
    'PRAGMA',
    'EXPLAIN PRAGMA table_info(x)',
  ])('%s may not', (sql) => expect(refusalOf(sql)).toContain('Of PRAGMAs'));

  test('a long run of comments costs no time that anybody notices', () => {
    expect(refusalOf(`${'/* x */ -- y\n'.repeat(500)}${'-'.repeat(5000)}`)).toContain('no statement');
  });
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
  expect(hint('no such table: zzzzzzzzzzzzzzzzzzzz', '')).toBe(
    ' Views to read: v_agents, v_run_events, v_runs, v_signals.',
  );
  expect(hint('no such column: s.sevrity', 'SELECT s.sevrity FROM v_signals s')).toBe(' Did you mean severity?');
  expect(hint('no such column: "agentid" - should this be a string literal?', 'FROM v_runs')).toContain('agent_id');
  expect(hint('no such column: qqqqqqqqqqqqqqqqqq', 'FROM v_runs')).toContain(' v_runs has run_id, agent_id,');
  expect(hint('near "FORM": syntax error', '')).toBe('');
});
