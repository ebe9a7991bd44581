import { describe, expect, test } from 'vitest';
import { emptyListState, type ListPhase, type ListState, type TailWalk, tailOf } from '../../src/mirror/list-state.ts';
import {
  advanced,
  counted,
  failed,
  headBegun,
  pruned,
  rested,
  rowsLost,
  settled,
  tailBegun,
  type WalkPage,
  wiped,
  withoutHead,
  withoutWalks,
} from '../../src/sync/transitions.ts';

const empty = emptyListState(1, 'runs');
const tail: TailWalk = {
  pass: 5,
  cursor: 15,
  place: 90,
  from: 700,
  bad: 1,
  unread: 1,
  isNameless: true,
  hasEnded: false,
};
const head = { pass: 6, cursor: 15, place: 400 };
const phases: ListPhase[] = [
  { is: 'never read' },
  { is: 'whole', fullPass: 3 },
  { is: 'filling', tail },
  { is: 'reconciling', fullPass: 3, tail },
  { is: 'replacing', fullPass: 3, tail },
  { is: 'replacing', fullPass: 0, tail },
];
const at = (is: ListPhase['is'], changes: Partial<ListState> = {}): ListState => {
  const phase = phases.find((one) => one.is === is) ?? { is: 'never read' };
  return { ...empty, phase, donePass: 3, coveredFrom: 800, topPlace: 500, rows: 20, ...changes };
};
const fresh = { pass: 9, cursor: 0, from: null, bad: 0, unread: 0, isNameless: false, hasEnded: false };

const outcome = { gap: false, cursor: 30, ended: false, bad: 0, unread: 0, old: 0 };
const page: WalkPage = {
  outcome,
  reach: 600,
  shapes: [],
  isNameless: false,
  unread: 0,
  stored: { added: 4, nextPlace: 75 },
  keepFrom: 0,
};
const gap: WalkPage = { ...page, outcome: { ...outcome, gap: true, cursor: 0 }, stored: undefined };

describe('a tail pass that begins', () => {
  test.each<[ListPhase['is'], ListPhase['is']]>([
    ['never read', 'filling'],
    ['whole', 'reconciling'],
    ['filling', 'filling'],
    ['reconciling', 'reconciling'],
    ['replacing', 'replacing'],
  ])('%s -> %s, at the top and above every place', (from, to) => {
    const begun = tailBegun(at(from), 9);
    expect(begun.phase.is).toBe(to);
    expect(tailOf(begun)).toEqual({ ...fresh, place: begun.topPlace });
    expect(begun.topPlace).toBeGreaterThan(500);
  });

  test('leaves a head pass alone', () => expect(tailBegun(at('whole', { head }), 9).head).toEqual(head));
});

describe('a page of a tail pass', () => {
  test('leads it on', () =>
    expect(advanced(at('reconciling'), 'tail', page)).toEqual({
      ...at('reconciling'),
      phase: { is: 'reconciling', fullPass: 3, tail: { ...tail, cursor: 30, place: 75, from: 600 } },
      unread: 1,
      rows: 24,
    }));

  test('at the end of the list has it wait to be settled', () =>
    expect(tailOf(advanced(at('filling'), 'tail', { ...page, outcome: { ...outcome, ended: true } }))).toMatchObject({
      hasEnded: true,
    }));

  test('adds what it could not read, or left as too old', () => {
    const poor = {
      ...page,
      unread: 3,
      shapes: ['odd'],
      outcome: { ...outcome, bad: 2, unread: 2, old: 4 },
      keepFrom: 50,
    };
    const moved = advanced(at('filling'), 'tail', poor);
    expect(tailOf(moved)).toMatchObject({ bad: 7, unread: 3, isNameless: true });
    expect(moved).toMatchObject({ unread: 3, unreadShape: 'odd', keptFrom: 50 });
  });

  test('at the top counts anew', () => {
    const top = at('filling', { phase: { is: 'filling', tail: { ...tail, cursor: 0 } } });
    expect(tailOf(advanced(top, 'tail', page))).toMatchObject({ bad: 0, unread: 0, isNameless: false });
  });

  test('that does not join the one before is not stored, and reaches no further', () => {
    const moved = advanced(at('filling'), 'tail', gap);
    expect(tailOf(moved)).toMatchObject({ cursor: 0, place: 90, from: 700 });
    expect(moved.rows).toBe(20);
  });

  test('covers the list only where nothing else says how far it is covered', () => {
    expect(advanced(at('filling'), 'tail', page).coveredFrom).toBe(600);
    expect(advanced(at('filling', { head }), 'tail', page).coveredFrom).toBe(800);
    expect(advanced(at('reconciling'), 'tail', page).coveredFrom).toBe(800);
  });
});

describe('a head pass', () => {
  const ended = { ...page, outcome: { ...outcome, ended: true } };

  test('begins at the top, on top of any phase', () => {
    for (const phase of phases) {
      const begun = headBegun({ ...at('whole'), phase }, 9);
      expect(begun).toMatchObject({ phase, head: { pass: 9, cursor: 0, place: begun.topPlace } });
    }
  });

  test('goes on, and covers the list as far as it has read', () =>
    expect(advanced(at('whole', { head }), 'head', page)).toEqual(
      at('whole', { head: { pass: 6, cursor: 30, place: 75 }, coveredFrom: 600, rows: 24 }),
    ));

  test('goes back where rows are missing', () =>
    expect(advanced(at('whole', { head }), 'head', gap)).toEqual(at('whole', { head: { ...head, cursor: 0 } })));

  test('is joined at its end: to a whole list, or as far down as the tail pass has read', () => {
    const joined = { head: null, donePass: 6, rows: 24 };
    expect(advanced(at('whole', { head }), 'head', ended)).toEqual(at('whole', { ...joined, coveredFrom: 0 }));
    expect(advanced(at('filling', { head }), 'head', ended)).toMatchObject({ ...joined, coveredFrom: 700 });
    expect(advanced(at('replacing', { head }), 'head', ended)).toMatchObject({ ...joined, coveredFrom: 700 });
    expect(advanced(at('whole', { head, keptFrom: 40 }), 'head', ended)).toMatchObject({ coveredFrom: 40 });
  });

  test('covers nothing of a list that came from another mirror, until a walk over all of it ends', () => {
    const taken = { fullAt: 0, coveredFrom: null, head };
    for (const read of [page, ended]) {
      expect(advanced(at('whole', taken), 'head', read).coveredFrom).toBe(null);
      expect(advanced(at('reconciling', taken), 'tail', read).coveredFrom).toBe(null);
    }
    const walked = settled(at('reconciling', { ...taken, head: null }), tail, {
      rows: 9,
      total: 9,
      now: 50,
      keepFrom: 0,
    });
    expect(walked).toMatchObject({ coveredFrom: 0, fullAt: 50 });
  });

  test('that is dropped leaves the phase', () => {
    expect(withoutHead(at('filling', { head }))).toEqual(at('filling'));
  });
});

describe('a list that is settled', () => {
  const found = { rows: 22, total: 23, now: 1000, keepFrom: 0 };

  test.each(['filling', 'reconciling', 'replacing'] as const)('%s -> whole', (is) =>
    expect(settled(at(is), tail, found)).toEqual(
      at('whole', {
        phase: { is: 'whole', fullPass: 5 },
        donePass: 5,
        coveredFrom: 0,
        fullAt: 1000,
        rows: 22,
        deficit: 1,
        unread: 1,
      }),
    ),
  );

  test('is covered as far as its head pass says, while one runs', () =>
    expect(settled(at('reconciling', { head }), tail, found)).toMatchObject({ head, coveredFrom: 800 }));

  test('stays cut off at the age where the pass left rows out, and no later than now', () => {
    const cut = (bad: number) => settled(at('filling', { keptFrom: 60 }), { ...tail, bad }, { ...found, keepFrom: 50 });
    expect(cut(2)).toMatchObject({ keptFrom: 50, coveredFrom: 50 });
    expect(cut(0)).toMatchObject({ keptFrom: 0, coveredFrom: 0 });
  });
});

describe('what voids a list', () => {
  test.each<[ListPhase['is'], ListPhase['is']]>([
    ['never read', 'filling'],
    ['whole', 'filling'],
    ['filling', 'filling'],
    ['reconciling', 'filling'],
    ['replacing', 'replacing'],
  ])('%s -> %s: another list has rows of it', (from, to) => {
    const lost = rowsLost(at(from, { head, unread: 1 }), 9, { count: 2, shape: 'shared' });
    expect(lost.phase).toEqual({
      is: to,
      ...(to === 'replacing' && { fullPass: 0 }),
      tail: { ...fresh, place: lost.topPlace },
    });
    expect(lost).toMatchObject({ head, rows: 18, unread: 3, unreadShape: 'shared' });
  });

  test('any -> replacing: the backend was wiped', () => {
    for (const phase of phases) {
      const before = at('whole', { phase, head, unread: 1, unreadShape: 'odd', deficit: 1, fullAt: 7 });
      const after = wiped(before, 9);
      const fullPass = 'fullPass' in phase ? phase.fullPass : 0;
      expect(after).toEqual({
        ...before,
        phase: { is: 'replacing', fullPass, tail: { ...fresh, place: after.topPlace } },
        ...{
          head: null,
          topPlace: after.topPlace,
          coveredFrom: null,
          rows: 0,
          deficit: 0,
          unread: 0,
          unreadShape: null,
        },
      });
    }
  });
});

describe('a list that rests', () => {
  const seen = { seen: '[1]', beganAt: 900 };
  const notFound = { errorKind: 'not_found', error: 'It is gone', errorAt: 950 };

  test('has no error, and tells of rows that it lacks', () =>
    expect(rested(counted(at('whole', notFound), 20, 22), seen, 1000)).toEqual(
      at('whole', {
        ...seen,
        completedAt: 1000,
        deficit: 2,
        unread: 2,
        unreadShape: 'the list has a total of 22 rows and shows 20',
      }),
    ));

  test('is not walked if it is missing and has nothing', () => {
    expect(failed(at('replacing', { head, rows: 0 }), notFound, seen)).toEqual(
      at('whole', { rows: 0, ...notFound, ...seen }),
    );
    expect(failed(at('filling', { rows: 0 }), notFound, seen).phase).toEqual({ is: 'never read' });
  });

  test('is as it was after any other failure', () => {
    expect(failed(at('filling'), notFound, seen)).toEqual(at('filling', notFound));
    const other = { ...notFound, errorKind: 'server_error' };
    expect(failed(at('filling', { rows: 0 }), other, seen)).toEqual(at('filling', { rows: 0, ...other }));
  });

  test('without its walks is whole or was never read', () =>
    expect(phases.map((phase) => withoutWalks({ ...at('whole', { head }), phase }))).toEqual([
      at('never read'),
      at('whole'),
      at('never read'),
      at('whole'),
      at('whole'),
      at('never read'),
    ]));

  test('lacks what was pruned, which upstream counts', () => {
    expect(pruned(at('whole', { deficit: 1 }), 5, 810)).toEqual(
      at('whole', { rows: 15, deficit: 6, keptFrom: 810, coveredFrom: 810 }),
    );
    expect(pruned(at('whole', { coveredFrom: null, keptFrom: 900 }), 5, 810)).toMatchObject({
      keptFrom: 900,
      coveredFrom: null,
    });
  });
});
