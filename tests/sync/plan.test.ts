import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StoredAgent } from '../../src/mirror/agents.ts';
import { emptyListState, type ListRow, type ListState, rowOf, stateOf } from '../../src/mirror/list-state.ts';
import {
  type Finding,
  judgePage,
  maxMismatches,
  needsVisit,
  nextMove,
  overlap,
  pageOffset,
  seenOf,
  type Visit,
  type Walk,
} from '../../src/sync/plan.ts';
import { isWipe } from '../../src/sync/wipe.ts';

const pageSize = 15;
const changed = (state: ListState, changes: Partial<ListRow>) => stateOf({ ...rowOf(state), ...changes });
const stateWith = (changes: Partial<ListRow>) => changed(emptyListState(1, 'runs'), changes);

const head: Walk = { kind: 'head', pass: 9, cursor: 0, streak: 0, gaps: 0 };
const tail: Walk = { ...head, kind: 'tail' };
/** Rows as passes left them: 3 is done, 9 is the walk's own, 5 was never finished. */
const old: Finding = { pass: 3 };
const own: Finding = { pass: 9 };
const loose: Finding = { pass: 5 };
const times = (count: number, finding: Finding): Finding[] => Array.from({ length: count }, () => finding);
const done = stateWith({ donePass: 3, fullPass: 3, coveredFrom: 0 });
const judge = (walk: Walk, findings: Finding[], hasMore = true, state = done) =>
  judgePage(walk, state, { findings, total: 1000, hasMore, pageSize });

describe('pageOffset', () => {
  test.each([
    [0, 0],
    [overlap, 0],
    [overlap + 1, 1],
    [15, 5],
    [500, 490],
  ])('after %i rows the next page begins at %i', (cursor, offset) => expect(pageOffset(cursor, 500)).toBe(offset));
  test.each([
    [15, 5],
    [10, 9],
    [2, 14],
    [1, 15],
  ])('pages of %i rows overlap by less than they are: after 15 rows the next begins at %i', (size, offset) =>
    expect(pageOffset(15, size)).toBe(offset),
  );
});

describe('rows that are too old to keep', () => {
  const tooOld = times(15, 'old');

  test('a tail pass ends at a page of nothing else, and counts all below as such', () =>
    expect(judge(tail, tooOld)).toMatchObject({ ended: true, loose: false, bad: 0, old: 15 + 1000 - 15 }));
  test('it goes on past some among others', () =>
    expect(judge(tail, [...times(5, 'old'), ...times(10, old)])).toMatchObject({ ended: false, old: 5 }));
  test('a head pass ends there too, and unreadable rows among them change nothing', () =>
    expect(judge(head, [...times(14, 'old'), 'bad'])).toMatchObject({ ended: true }));
  test('they tell nothing of a gap', () =>
    expect(judge({ ...tail, cursor: 15 }, [...times(10, 'old'), ...times(5, own)])).toMatchObject({ gap: false }));
});

describe('a head pass', () => {
  test('goes on past new rows', () =>
    expect(judge(head, times(15, 'new'))).toEqual({
      loose: false,
      gap: false,
      cursor: 15,
      streak: 0,
      ended: false,
      bad: 0,
      unread: 0,
      old: 0,
    }));

  test('ends at the end of the list, whatever it found', () =>
    expect(judge(head, times(4, 'new'), false)).toMatchObject({ cursor: 4, ended: true }));

  test('ends at an empty answer that claims to have more', () =>
    expect(judge(head, [])).toMatchObject({ ended: true }));

  test('goes on past the total while more are said to come, and ends at the first page that adds none', () => {
    const more = { total: 1, hasMore: true, pageSize: 15 };
    expect(judgePage(head, done, { findings: ['new'], ...more })).toMatchObject({ ended: false, cursor: 1 });
    const walk = { ...head, cursor: 1 };
    expect(judgePage(walk, done, { findings: [{ pass: walk.pass }], ...more })).toMatchObject({
      ended: true,
      gap: false,
    });
    expect(judgePage(walk, done, { findings: [{ pass: walk.pass }, 'new'], ...more })).toMatchObject({ ended: false });
  });
  test("ends at a page's length of rows that a completed pass brought", () => {
    expect(judge(head, times(15, old))).toMatchObject({ streak: 15, ended: true });
    expect(judge(head, ['new', ...times(14, old)])).toMatchObject({ streak: 14, ended: false });
  });

  test('counts that length over two pages, the repeated rows once', () => {
    const walk = { ...head, cursor: 15, streak: 7 };
    expect(judge(walk, [...times(10, old), ...times(5, old)])).toMatchObject({ cursor: 20, streak: 12, ended: false });
    expect(judge({ ...walk, streak: 10 }, times(15, old))).toMatchObject({ streak: 15, ended: true });
  });

  test('does not take rows of an unfinished pass for joined', () => {
    expect(judge(head, times(15, loose))).toMatchObject({ streak: 0, ended: false });
    expect(judge(head, [...times(14, old), loose])).toMatchObject({ streak: 0 });
  });

  test('takes rows of the tail pass under way for joined: it began at the top', () =>
    expect(judge(head, times(15, loose), true, stateWith({ donePass: 3, tailPass: 5 }))).toMatchObject({
      ended: true,
    }));

  test('takes neither a row without a pass nor a row of the pass itself for joined', () => {
    expect(judge(head, times(15, { pass: null }))).toMatchObject({ streak: 0 });
    expect(judge(head, times(15, own))).toMatchObject({ streak: 0 });
  });

  test('does not stop at rows that are joined and went up: more of them may stand below', () => {
    const moved: Finding = { pass: 3, hasMoved: true };
    expect(judge(head, times(15, moved))).toMatchObject({ streak: 0, ended: false });
    expect(judge(head, [...times(3, moved), ...times(12, old)])).toMatchObject({ streak: 12, ended: false });
  });

  test('an unreadable row neither begins nor breaks a streak, and is counted above it only', () => {
    expect(judge(head, ['bad', ...times(14, old)])).toMatchObject({ streak: 14, bad: 1 });
    expect(judge(head, ['new', ...times(6, old), 'bad', ...times(7, old)])).toMatchObject({ streak: 14, bad: 0 });
  });
});

describe('a page that does not join the one before', () => {
  const walk = { ...head, cursor: 60 };

  test('is a gap, and the walk goes back a page, then two, then four', () => {
    const gap = { loose: false, gap: true, streak: 0, ended: false, bad: 0, unread: 0, old: 0 };
    expect(judge(walk, times(15, 'new'))).toEqual({ ...gap, cursor: 45 });
    expect(judge({ ...walk, gaps: 1 }, times(15, 'new'))).toEqual({ ...gap, cursor: 30 });
    expect(judge({ ...walk, gaps: 2 }, times(15, 'new'))).toEqual({ ...gap, cursor: 0 });
  });

  test('is a gap when it is empty: the list shrank', () => expect(judge(walk, [], false)).toMatchObject({ gap: true }));

  test('is judged by its first readable row', () => {
    expect(judge(walk, ['bad', own, ...times(13, 'new')])).toMatchObject({ gap: false, cursor: 65 });
    expect(judge(walk, ['bad', 'new', ...times(13, own)])).toMatchObject({ gap: true });
  });

  test('joins by a row of a completed pass in a head pass, of the own or a later one in a tail pass', () => {
    expect(judge(walk, times(15, old))).toMatchObject({ gap: false });
    expect(judge({ ...tail, cursor: 60 }, times(15, old))).toMatchObject({ gap: true });
    expect(judge({ ...tail, cursor: 60 }, times(15, own))).toMatchObject({ gap: false });
    expect(judge({ ...tail, cursor: 60 }, times(15, { pass: 12 }))).toMatchObject({ gap: false });
  });

  test('is none while all of the page before is repeated', () =>
    expect(judge({ ...head, cursor: overlap }, times(15, 'new'))).toMatchObject({ gap: false, cursor: 15 }));
});

describe('a tail pass', () => {
  test('ends only at the end of the list', () => {
    expect(judge(tail, times(15, old))).toMatchObject({ ended: false });
    expect(judge(tail, times(15, old), false)).toMatchObject({ ended: true });
  });

  test('counts every unreadable row once', () => {
    expect(judge(tail, ['bad', ...times(13, old), 'bad'])).toMatchObject({ bad: 2 });
    expect(
      judge({ ...tail, cursor: 15 }, [...times(5, own), ...times(5, 'bad'), 'bad', ...times(4, old)]),
    ).toMatchObject({ gap: false, cursor: 20, bad: 1 });
  });
});

/** A list of `total` rows is walked whose newest `fresh` are not in the mirror; between pages some go from the top. */
test('whatever goes while a head pass walks, the rows it did not read are below a page of known ones', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 80 }),
      fc.integer({ min: 0, max: 80 }),
      fc.array(fc.nat(9), { maxLength: 30 }),
      (fresh, below, losses) => {
        let list = Array.from({ length: fresh + below }, (_, place) => ({ isNew: place < fresh, read: false }));
        let walk = { ...head };
        for (let n = 0; ; n += 1) {
          const offset = pageOffset(walk.cursor, pageSize);
          const page = list.slice(offset, offset + pageSize);
          const findings = page.map((row): Finding => (row.read ? own : row.isNew ? 'new' : old));
          const walked = judge(walk, findings, offset + pageSize < list.length);
          if (!walked.gap) for (const row of page) row.read ||= row.isNew;
          if (walked.ended) break;
          walk = { ...walk, ...walked, gaps: walked.gap ? walk.gaps + 1 : 0 };
          expect(n).toBeLessThan(200);
          list = list.slice(losses[n] ?? 0);
        }
        expect(list.filter((row) => row.isNew && !row.read)).toEqual([]);
      },
    ),
    { seed: 7 },
  );
});

describe('a tail pass that begins', () => {
  const first = (findings: Finding[], state = done, hasMore = true) => judge(tail, findings, hasMore, state).loose;

  test('on new rows alone, over a list that was whole, would leave a gap below them', () => {
    expect(first(times(15, 'new'))).toBe(true);
    expect(first([...times(14, 'new'), old])).toBe(false);
    expect(first([...times(13, 'new'), old, 'bad'])).toBe(false);
    expect(first([...times(14, old), loose])).toBe(true);
  });

  test('does not at the end of the list, in a list that never was whole, or after a wipe', () => {
    expect(first(times(15, 'new'), done, false)).toBe(false);
    expect(first(times(15, 'new'), stateWith({}))).toBe(false);
    expect(first(times(15, 'new'), changed(done, { tailPass: 9, tailReplaces: true }))).toBe(false);
  });
});

describe('nextMove', () => {
  const visit: Visit = {
    full: false,
    headFirst: false,
    headSeen: false,
    total: null,
    mismatches: 0,
    mayCheckEnd: false,
    mayWalk: true,
  };
  const told = (total: number, mismatches = 0): Visit => ({ ...visit, headSeen: true, total, mismatches });
  const whole = { donePass: 3, fullPass: 3, coveredFrom: 0, rows: 20 };
  const begin = { do: 'walk', begin: true };
  const goOn = { do: 'walk', begin: false };

  describe('a walk for its age alone', () => {
    const walking = stateWith({ ...whole, tailPass: 9, tailCursor: 15 });
    const hasty = { ...told(20), mayWalk: false };
    test('rests when the pass has spent what it may', () => expect(nextMove(walking, hasty)).toEqual({ do: 'rest' }));
    test('goes on while it may', () => expect(nextMove(walking, told(20))).toMatchObject({ ...goOn, kind: 'tail' }));
    test('goes on at once where the counts do not agree', () =>
      expect(nextMove(walking, { ...hasty, total: 19 })).toMatchObject({ ...goOn, kind: 'tail' }));
    test('is another thing than a first fill, or what follows a wipe', () => {
      expect(nextMove(changed(walking, { fullPass: 0 }), hasty)).toMatchObject(goOn);
      expect(nextMove(changed(walking, { tailReplaces: true }), hasty)).toMatchObject(goOn);
    });
  });

  test('where a long list shrank, its end is looked at first, and once', () => {
    const visited = { ...told(18), mayCheckEnd: true };
    expect(nextMove(stateWith(whole), visited)).toEqual({ do: 'check end' });
    expect(nextMove(stateWith(whole), told(18))).toEqual({ do: 'look again' });
    expect(nextMove(stateWith(whole), { ...visited, total: 22 })).toEqual({ do: 'look again' });
    expect(nextMove(stateWith({ ...whole, tailPass: 9, tailReplaces: true }), visited)).not.toEqual({
      do: 'check end',
    });
  });

  test.each<[string, Partial<ListRow>, Visit, ReturnType<typeof nextMove> | Record<string, unknown>]>([
    ['a list that was never read is walked whole', {}, visit, { ...begin, kind: 'tail' }],
    ['a known list is looked at from the top', whole, visit, { ...begin, kind: 'head' }],
    ['a full visit walks it whole', whole, { ...visit, full: true }, { ...begin, kind: 'tail' }],
    [
      '... after a head pass, should new rows have to be joined first',
      whole,
      { ...visit, full: true, headFirst: true },
      { ...begin, kind: 'head' },
    ],
    ['... and then', whole, { ...told(20), full: true, headFirst: true }, { ...begin, kind: 'tail' }],
    ['a head pass under way goes on', { ...whole, headPass: 4, headCursor: 15 }, visit, { ...goOn, kind: 'head' }],
    ['... before a tail pass', { headPass: 5, tailPass: 4, tailCursor: 15 }, visit, { ...goOn, kind: 'head' }],
    ['... and before a full visit', { ...whole, headPass: 4 }, { ...visit, full: true }, { ...goOn, kind: 'head' }],
    ['a taken-over tail pass waits for the top', { tailPass: 4, tailCursor: 15 }, visit, { ...begin, kind: 'head' }],
    ['... unless it is at the top itself', { tailPass: 4, tailCursor: 0 }, visit, { ...goOn, kind: 'tail' }],
    ['then it goes on', { tailPass: 4, tailCursor: 15 }, told(40), { ...goOn, kind: 'tail' }],
    [
      'a full visit begins it anew',
      { tailPass: 4, tailCursor: 15 },
      { ...visit, full: true },
      { ...begin, kind: 'tail' },
    ],
    ['at its end it is settled', { tailPass: 4, tailCursor: 40, tailEnded: true }, told(40), { do: 'settle' }],
    ['... with the top read anew', { tailPass: 4, tailEnded: true }, visit, { ...begin, kind: 'head' }],
    ['counts that agree end the visit', whole, told(20), { do: 'rest' }],
    ['... unreadable rows counted in', { ...whole, deficit: 2 }, told(22), { do: 'rest' }],
    ['a count that is off: the top again', whole, told(19), { do: 'look again' }],
    ['... then the whole list', whole, told(19, 1), { ...begin, kind: 'tail' }],
    ['... then the top again', whole, told(21, 2), { do: 'look again' }],
    ['... and some time enough is enough', whole, told(21, maxMismatches), { do: 'accept' }],
  ])('%s', (_, state, seen, move) => expect(nextMove(stateWith(state), seen)).toEqual(move));
});

describe('needsVisit', () => {
  const settle = 300;
  const agent: StoredAgent = {
    id: 1,
    agentId: 'a',
    lastSeen: 1000,
    runCount: 5,
    signalCount: 2,
    criticalCount: 0,
    highCount: 2,
    sparkline: '[]',
    failureTypes: '{}',
    extra: null,
    goneAt: null,
    pass: 1,
  };
  const settled = stateWith({
    ...{ donePass: 3, fullPass: 3, coveredFrom: 0, beganAt: 1301 },
    seen: seenOf(agent),
  });
  const needs = (changes: Partial<ListRow>, moved: Partial<StoredAgent> = {}) =>
    needsVisit({ ...agent, ...moved }, changed(settled, changes), settle);

  test('an agent that stands as it was seen, longer than the settle time ago, is left alone', () =>
    expect(needs({})).toBe(false));

  test('a list without a state, or without a complete pass, is read', () => {
    expect(needsVisit(agent, undefined, settle)).toBe(true);
    expect(needs({ beganAt: null })).toBe(true);
  });

  test.each<[string, Partial<StoredAgent>]>([
    ['run_count', { runCount: 6 }],
    ['signal_count, downwards', { signalCount: 1 }],
    ['last_seen', { lastSeen: 1000.5 }],
    ['last_seen, backwards', { lastSeen: 999 }],
    ['being listed', { goneAt: 1400 }],
  ])('a move of %s has it read', (_, moved) => expect(needs({}, moved)).toBe(true));

  test('so does a pass under way', () => {
    expect(needs({ headPass: 4 })).toBe(true);
    expect(needs({ tailPass: 4 })).toBe(true);
  });

  test('and an error, but for a list that is not there', () => {
    expect(needs({ errorKind: 'server_error' })).toBe(true);
    expect(needs({ errorKind: 'not_found' })).toBe(false);
  });

  test('the pass must have begun more than the settle time after the agent was last seen', () => {
    expect(needs({ beganAt: 1300 })).toBe(true);
    expect(needs({ beganAt: 1300.001 })).toBe(false);
  });

  test('an agent that is gone, and was seen so, has nothing to settle', () =>
    expect(needs({ seen: seenOf({ ...agent, goneAt: 1200 }), beganAt: 1201 }, { goneAt: 1200 })).toBe(false));

  test('an agent without a time is judged by its counts', () =>
    expect(needs({ seen: seenOf({ ...agent, lastSeen: null }) }, { lastSeen: null })).toBe(false));
});

test('a wipe is told by several changed rows, or by one where a list became shorter', () => {
  const signs = { changed: 1, total: 10, expected: 10, agentsVanished: false };
  expect(isWipe(signs)).toBe(false);
  expect(isWipe({ ...signs, total: 11 })).toBe(false);
  expect(isWipe({ ...signs, total: 9 })).toBe(true);
  expect(isWipe({ ...signs, agentsVanished: true })).toBe(true);
  expect(isWipe({ ...signs, changed: 2 })).toBe(true);
  expect(isWipe({ ...signs, changed: 0, total: 1, agentsVanished: true })).toBe(false);
});
