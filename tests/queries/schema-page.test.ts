import { expect, test } from 'vitest';
import { sqlExamples } from '../../src/cli/sql-examples.ts';
import { schemaOf } from '../../src/queries/schema.ts';
import { createDemoMirror } from '../support/demo-mirror.ts';
import { joins } from '../support/schema-joins.ts';
import { schemaPage } from '../support/schema-page.ts';

test('docs/schema.md shows what a mirror has and answers (`npm run docs` writes it)', async () => {
  const { mirror } = await createDemoMirror();
  await expect(schemaPage(mirror, sqlExamples)).toMatchFileSnapshot('../../docs/schema.md');
});

test('each of the twenty questions has an answer on the mirror of the demo', async () => {
  const { mirror } = await createDemoMirror();
  expect(sqlExamples).toHaveLength(20);
  expect(new Set(sqlExamples.map(({ answers }) => answers)).size).toBe(20);
  for (const { answers, sql } of sqlExamples) expect(mirror.sqlite.prepare(sql).all(), answers).not.toEqual([]);
});

test('the joins are of columns that there are, and none of a view to another is missing', async () => {
  const { mirror } = await createDemoMirror();
  for (const { from, to, on } of joins) {
    const found = mirror.sqlite.prepare(`SELECT count(*) FROM ${from} JOIN ${to} ON ${on}`).pluck().get();
    // The demo has no records, and no run that began another.
    if (['v_agents', 'v_runs', 'v_run_events'].includes(to) && /^v_(runs|signals|run_events)$/.test(from))
      expect(found, on).toBeGreaterThan(0);
  }
  const ids = schemaOf(mirror)
    .filter(({ kind }) => kind === 'view')
    .flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`))
    .filter((column) => /\.(run|signal|conversation|policy|parent_run)_id$/.test(column));
  const joined = joins.map(({ on }) => on).join(' ');
  // The run that others join.
  expect(ids.filter((id) => !joined.includes(id))).toEqual([]);
});
