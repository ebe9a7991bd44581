import { expect, test } from 'vitest';
import { schemaOf } from '../../src/queries/schema.ts';
import { tableWords, viewWords } from '../../src/queries/schema-words.ts';
import { schemaLines } from '../../src/text/schema.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror } from '../support/temp-mirror.ts';

const schema = () => schemaOf(createTempMirror(createFakeClock(1_780_000_000)).mirror);
const shape = (words: typeof viewWords): [string, string[]][] =>
  Object.entries(words)
    .map(([name, { columns }]): [string, string[]] => [name, Object.keys(columns)])
    .sort();

test('every column of every view is described, and none that is not there', () => {
  const views = schema().filter(({ kind }) => kind === 'view');
  expect(views.length).toBeGreaterThanOrEqual(4);
  expect(views.map(({ name, columns }) => [name, columns.map((column) => column.name)])).toEqual(shape(viewWords));
  for (const { name, columns } of views)
    for (const column of columns) expect(column.about, `${name}.${column.name}`).not.toBe('');
});

test('what is said of tables is said of tables and columns that there are', () => {
  const tables = new Map(schema().map(({ name, columns }) => [name, columns.map((column) => column.name)]));
  for (const [name, columns] of shape(tableWords))
    expect(tables.get(name) ?? [], name).toEqual(expect.arrayContaining(columns));
});

test('each column has a line', () => {
  const tables = schema();
  expect(schemaLines(tables)).toHaveLength(tables.reduce((sum, { columns }) => sum + columns.length + 2, -1));
  const [runs] = tables.filter(({ name }) => name === 'v_runs');
  expect(schemaLines(runs ? [runs] : []).slice(0, 2)).toEqual([
    "v_runs (view): A run of an agent's runs list.",
    '  run_id            TEXT     its id, a UUID',
  ]);
});
