import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  emptyListState,
  type HeadWalk,
  type ListPhase,
  type ListRow,
  type ListState,
  rowOf,
  stateOf,
  type TailWalk,
} from '../../src/mirror/list-state.ts';
import { createTempMirror } from '../support/temp-mirror.ts';

const clock = { now: () => 0, monotonic: () => 0, sleep: async () => undefined };

const count = fc.nat(1_000_000);
const pass = fc.integer({ min: 1, max: 1_000_000 });
const time = fc.double({ min: 0, max: 2e9, noNaN: true }).map((value) => value + 0);
const text = fc.string();
const perhaps = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });

const walk = { pass, cursor: count, place: perhaps(fc.maxSafeInteger()) };
const head: fc.Arbitrary<HeadWalk> = fc.record(walk);
const tail: fc.Arbitrary<TailWalk> = fc.record({
  ...walk,
  from: perhaps(time),
  bad: count,
  unread: count,
  isNameless: fc.boolean(),
  hasEnded: fc.boolean(),
});
const phase: fc.Arbitrary<ListPhase> = fc.oneof(
  fc.constant({ is: 'never read' } as const),
  fc.record({ is: fc.constant('whole' as const), fullPass: pass }),
  fc.record({ is: fc.constant('filling' as const), tail }),
  fc.record({ is: fc.constant('reconciling' as const), fullPass: pass, tail }),
  fc.record({ is: fc.constant('replacing' as const), fullPass: fc.oneof(fc.constant(0), pass), tail }),
);
const state = (agent: number): fc.Arbitrary<ListState> =>
  fc.record({
    agent: fc.constant(agent),
    list: fc.constantFrom('runs', 'signals'),
    phase,
    head: perhaps(head),
    donePass: count,
    coveredFrom: perhaps(time),
    keptFrom: time,
    topPlace: fc.maxSafeNat(),
    rows: count,
    deficit: fc.integer(),
    unread: count,
    unreadShape: perhaps(text),
    seen: perhaps(text),
    beganAt: perhaps(time),
    completedAt: perhaps(time),
    fullAt: perhaps(time),
    errorKind: perhaps(text),
    error: perhaps(text),
    errorAt: perhaps(time),
  });

test('every state that can be built comes back from its row, and from the file', () => {
  const { store } = createTempMirror(clock);
  const agent = store.write(() => store.agents.ensure('a'));
  fc.assert(
    fc.property(state(agent), (built) => {
      expect(stateOf(rowOf(built))).toEqual(built);
      store.write(() => store.syncState.save(built));
      expect(store.syncState.read(agent, built.list)).toEqual(built);
      expect(store.syncState.isReplacing()).toBe(store.syncState.all().some((one) => one.phase.is === 'replacing'));
    }),
    { seed: 7 },
  );
});

test('a list without a row was never read', () => {
  const { store } = createTempMirror(clock);
  expect(store.syncState.read(1, 'runs')).toEqual(emptyListState(1, 'runs'));
});

describe('a row that no state makes', () => {
  const empty = emptyListState(1, 'runs');
  const read = (changes: Partial<ListRow>) => stateOf({ ...rowOf(empty), ...changes });

  test.each<[string, Partial<ListRow>, Partial<ListState>]>([
    ['of a tail pass without a number', { tailCursor: 9, tailFrom: 1, tailEnded: true, tailPlace: 4 }, {}],
    ['of a replacing list that nothing walks', { tailReplaces: true }, {}],
    [
      '... and that was whole',
      { tailReplaces: true, fullPass: 3, tailBad: 2 },
      { phase: { is: 'whole', fullPass: 3 } },
    ],
    ['of a head pass without a number', { headCursor: 9, headPlace: 4 }, {}],
  ])('%s is read as if the walk were not there', (_, changes, expected) =>
    expect(read(changes)).toEqual({ ...empty, ...expected }),
  );
});
