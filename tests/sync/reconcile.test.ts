import { describe, expect, test } from 'vitest';
import { emptyListState, type ListRow, rowOf, stateOf } from '../../src/mirror/list-state.ts';
import { endOfList, type Finding } from '../../src/sync/plan.ts';
import { isCutTooShort, listsDue } from '../../src/sync/reconcile.ts';

const day = 86_400;
const now = 20_000 * day;
const listOf = (agent: number, changes: Partial<ListRow> = {}) => ({
  agentId: `agent-${agent}`,
  state: stateOf({ ...rowOf(emptyListState(agent, 'runs')), fullPass: 1, fullAt: now - 1, rows: 100, ...changes }),
});
const settings = { everySeconds: day, pages: 10, pageSize: 500 };

describe('lists that are due', () => {
  const fleet = Array.from({ length: 200 }, (_, agent) => listOf(agent));

  test('after an upgrade all have their turn within a day, and no hour takes more than a few', () => {
    const hours = Array.from({ length: 24 }, (_, hour) =>
      listsDue(fleet, now + (hour + 1) * 3600, { ...settings, pages: 1e6 }),
    );
    expect(hours.at(-1)).toHaveProperty('size', 200);
    const added = hours.map((due, hour) => due.size - (hours[hour - 1]?.size ?? 0));
    expect(Math.max(...added)).toBeLessThan(25);
    expect(Math.min(...added)).toBeGreaterThanOrEqual(1);
  });

  test('after days offline no more are begun than the pages cover, the longest overdue first', () => {
    const late = fleet.map((list, index) => ({ ...list, state: { ...list.state, fullAt: now - 3 * day - index } }));
    const due = listsDue(late, now, settings);
    expect([...due]).toEqual(Array.from({ length: 10 }, (_, index) => `runs:${199 - index}`));
  });

  test.each<[string, Partial<ListRow>, number]>([
    ['a walk of today', { fullAt: now - 1 }, 0],
    ['a walk of two days ago', { fullAt: now - 2 * day }, 1],
    ['a walk that is under way', { fullAt: now - 2 * day, tailPass: 7 }, 0],
    ['a list that was never walked', { fullAt: null, fullPass: 0 }, 0],
    ['a walk in the future', { fullAt: now + 9 * day }, 1],
    ['a walk longer than a pass may take', { fullAt: now - 2 * day, rows: 100_000 }, 1],
  ])('%s', (_, changes, count) => expect(listsDue([listOf(1, changes)], now, settings).size).toBe(count));

  test('none is begun beside a long walk, and none at all if it is turned off', () => {
    const waiting = listOf(1, { fullAt: now - 2 * day });
    const long = listOf(2, { tailPass: 7, rows: 100_000, tailCursor: 20_000 });
    const ending = listOf(2, { tailPass: 7, rows: 100_000, tailCursor: 99_000 });
    expect(listsDue([waiting, long], now, settings).size).toBe(0);
    expect(listsDue([waiting, ending], now, settings).size).toBe(1);
    expect(listsDue([waiting], now, { ...settings, everySeconds: 0 }).size).toBe(0);
  });
});

test('a list that came from another mirror is due at once, the first of all, even where walks are turned off', () => {
  const [taken, late] = [listOf(2, { fullAt: 0 }), listOf(1, { fullAt: now - 2 * day })];
  expect([...listsDue([late, taken], now, { ...settings, pages: 1 })]).toEqual(['runs:2']);
  expect([...listsDue([late, taken], now, { ...settings, everySeconds: 0 })]).toEqual(['runs:2']);
  expect(listsDue([taken], now, { ...settings, everySeconds: 0, pages: 0 }).size).toBe(0);
});

test('a list that was cut off later than it is now to be kept from lacks rows', () => {
  expect(isCutTooShort({ keptFrom: 500 }, 400)).toBe(true);
  expect(isCutTooShort({ keptFrom: 500 }, 500)).toBe(false);
  expect(isCutTooShort({ keptFrom: 500 }, 0)).toBe(true);
  expect(isCutTooShort({ keptFrom: 0 }, 0)).toBe(false);
});

describe('the end of a list', () => {
  const held: Finding = { pass: 3 };
  const end = (findings: Finding[], places: (number | null)[], hasMore = false) =>
    endOfList({ findings, places, hasMore }, 40);

  test('is the last row that both have', () =>
    expect(end([held, held], [9, 7])).toEqual({ place: 7, offset: 41, isLast: true }));
  test('is not sure while more rows follow', () =>
    expect(end([held, held], [9, 7], true)).toMatchObject({ isLast: false }));
  test('may be followed by what is too old to keep', () =>
    expect(end([held, 'old', 'old'], [9, null, null], true)).toEqual({ place: 9, offset: 40, isLast: true }));
  test.each<[string, Finding[], (number | null)[]]>([
    ['a new row', [held, 'new'], [9, null]],
    ['an unreadable row below, which may be any', [held, 'bad'], [9, null]],
    ['an unreadable row below what is too old', [held, 'old', 'bad'], [9, null, null]],
    ['an unreadable row in between', [held, 'bad', held], [9, null, 8]],
    ['rows in another order', [held, held], [7, 9]],
    ['a row whose place is not known', [held, held], [null, 9]],
    ['rows that are all too old', ['old', 'old'], [null, null]],
    ['nothing', [], []],
  ])('is not told by %s', (_, findings, places) => expect(end(findings, places)).toBeUndefined());
});
