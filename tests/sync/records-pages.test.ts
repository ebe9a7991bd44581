import { expect, test } from 'vitest';
import { setUpPasses } from '../support/passes.ts';

const path = '/v1/issues/search';
const newest = 1_779_000_000;

interface Issue {
  id: number;
  last_seen: number;
  status: string;
}

/** An API with `count` issues, the newest first, in pages of at most `most` rows. */
async function setUp(count: number, most = 500) {
  const w = await setUpPasses({ generation: 3 });
  w.add(1, 'a');
  const rows = Array.from({ length: count }, (_, n): Issue => ({ id: n + 1, last_seen: newest - n, status: 'open' }));
  const hooks: { afterPage?: (() => void) | undefined } = {};
  w.backend.plainLists.set(path, (query: URLSearchParams) => {
    const offset = Number(query.get('offset'));
    const limit = Math.min(most, Number(query.get('limit')));
    const page = rows.slice(offset, offset + limit);
    const total = rows.length;
    const issues = page.map((row) => ({ ...row, agent_id: 'a', failure_type: `TYPE_${row.id}` }));
    hooks.afterPage?.();
    hooks.afterPage = undefined;
    return { issues, page: { total, offset, limit, has_more: offset + limit < total } };
  });
  const gone = () => w.rows('select id from v_issues where gone_at is not null').map(({ id }) => id);
  const live = () => w.rows('select id from v_issues where gone_at is null').length;
  const state = () => w.temp.store.records.state({ list: 'issues', owner: '' });
  return { ...w, issues: rows, hooks, gone, live, state, hour: () => w.clock.advance(3600) };
}

test('a list in tiny pages is not taken for whole after the first', async () => {
  const w = await setUp(40, 8);
  await w.pass();
  expect([w.live(), w.state()?.coveredFrom]).toEqual([40, 0]);
});

test('a row that goes up while the list is read is not gone', async () => {
  const w = await setUp(1200);
  await w.pass();
  expect(w.live()).toBe(1200);
  // The 900th issue has a new signal between the first page and the second; and as all rows have moved on, all are read.
  for (const row of w.issues) row.status = 'reopened';
  w.hooks.afterPage = () => {
    const [moved] = w.issues.splice(899, 1);
    if (moved) w.issues.unshift({ ...moved, last_seen: newest + 1 });
  };
  w.hour();
  await w.pass();
  expect(w.gone()).toEqual([]);
  expect(w.live()).toBe(1200);
});

test('a row that the API drops far down is gone, and one that changes there is read, within the hour', async () => {
  const w = await setUp(1200);
  await w.pass();
  w.issues.splice(1099, 1);
  const [changed] = w.issues.slice(1000);
  if (changed) changed.status = 'resolved';
  w.hour();
  await w.pass();
  expect(w.gone()).toEqual([1100]);
  expect(w.rows("select id from v_issues where status = 'resolved'")).toEqual([{ id: 1001 }]);
});

test('what is read because signals came ends at rows that the mirror has', async () => {
  const w = await setUp(1200);
  await w.pass();
  const read = await w.requestsOf(() => {
    w.add(1, 'a', [{ failureType: 'TOOL_LOOP', severity: 'HIGH', stepIndex: 4 }]);
    return w.pass();
  });
  expect(read.filter((request) => request.startsWith(path))).toEqual([`${path} 0`]);
});
