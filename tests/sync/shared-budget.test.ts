import { expect, test } from 'vitest';
import { windowMs } from '../../src/api/budget.ts';
import { createSharedBudget } from '../../src/sync/shared-budget.ts';
import { expectSharedRate } from '../support/budget-model.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror } from '../support/temp-mirror.ts';

function setUp(requestsPerMinute: number, clock = createFakeClock()) {
  const temp = createTempMirror(clock);
  const budgets = Array.from({ length: 3 }, () => {
    const { store } = temp.connect();
    return createSharedBudget({ store: () => store, clock, requestsPerMinute });
  });
  const count = () => temp.mirror.sqlite.prepare('select count(*) from requests').pluck().get();
  return { clock, temp, budgets, count };
}

test('however many processes ask, together they keep the budget of one in any minute', () => {
  expectSharedRate((clock, rpm) => {
    const { budgets, temp } = setUp(rpm, clock);
    return { budgets, dispose: temp.dispose };
  }, 30);
});

test('who has to wait is told for how long, and may leave then', () => {
  const { clock, budgets } = setUp(2);
  const [one, two] = budgets;
  expect(one?.take(true).waitMs).toBe(0);
  clock.advance(1);
  expect(two?.take(false)).toEqual({ waitMs: windowMs - 1000 });
  expect(two?.take(true)).toMatchObject({ waitMs: 0 });
  expect(one?.take(true)).toEqual({ waitMs: windowMs - 1000 });
  clock.advance(windowMs / 1000 - 1);
  expect(one?.take(true)).toMatchObject({ waitMs: 0 });
});

test('patience that one process was asked for holds all', () => {
  const { clock, budgets } = setUp(10);
  const [one, two, three] = budgets;
  one?.hold(30_000, 'slow down');
  two?.hold(1000, 'a second');
  expect(three?.take(true)).toEqual({ waitMs: 30_000, why: 'slow down' });
  clock.advance(30);
  expect(three?.take(true)).toMatchObject({ waitMs: 0 });
});

test('what was noted before the host started anew holds nobody', () => {
  const { budgets, temp } = setUp(1);
  const before = createFakeClock();
  before.advance(5000);
  const store = temp.store;
  const old = createSharedBudget({ store: () => store, clock: before, requestsPerMinute: 1 });
  expect(old.take(true).waitMs).toBe(0);
  old.hold(60_000, 'slow down');
  expect(budgets[0]?.take(true)).toMatchObject({ waitMs: 0 });
  expect(budgets[1]?.take(true)).toEqual({ waitMs: windowMs });
});

test('old requests are forgotten', () => {
  const { clock, budgets, count } = setUp(100);
  for (let n = 0; n < 1000; n += 1) {
    clock.advance(1);
    expect(budgets[n % 3]?.take(true).waitMs).toBe(0);
  }
  expect(count()).toBeLessThan(130);
});

test('while the mirror can not be written, a process counts by itself, and knows what was sent before', () => {
  const { clock, temp } = setUp(2);
  const { store, mirror } = temp.connect();
  const budget = createSharedBudget({ store: () => store, clock, requestsPerMinute: 2 });
  expect(budget.take(true)).toMatchObject({ waitMs: 0 });
  mirror.sqlite.pragma('query_only = 1');
  expect(budget.take(true)).toMatchObject({ waitMs: 0 });
  expect(budget.take(true)).toEqual({ waitMs: windowMs });
  clock.advance(100);
  budget.hold(9000, 'slow down');
  expect(budget.take(true)).toEqual({ waitMs: 9000, why: 'slow down' });
});

test('a mirror that is begun anew gets to know what each process sent before', () => {
  const { clock, temp } = setUp(3);
  const anew = createTempMirror(clock);
  let place = temp;
  const budgets = Array.from({ length: 2 }, () =>
    createSharedBudget({ store: () => place.store, clock, requestsPerMinute: 3 }),
  );
  const first = budgets[0]?.take(true);
  clock.advance(1);
  expect(budgets[1]?.take(true)).toMatchObject({ waitMs: 0 });
  place = anew;
  clock.advance(1);
  // The other process looks when it wants to send; what it sent counts from then on.
  expect(budgets[1]?.take(true)).toMatchObject({ waitMs: 0 });
  expect(budgets[0]?.take(true)).toEqual({ waitMs: windowMs - 2000 });
  clock.advance(windowMs / 1000 - 2);
  // A request of the old file's ends: none of the new one's is taken for it.
  first?.ended?.();
  expect(budgets[0]?.take(true)).toMatchObject({ waitMs: 0 });
});

test('what left while the mirror could not be written counts once it can', () => {
  const { clock, temp } = setUp(3);
  const { store, mirror } = temp.connect();
  const budget = createSharedBudget({ store: () => store, clock, requestsPerMinute: 3 });
  expect(budget.take(true)).toMatchObject({ waitMs: 0 });
  mirror.sqlite.pragma('query_only = 1');
  expect(budget.take(true)).toMatchObject({ waitMs: 0 });
  expect(budget.take(true)).toMatchObject({ waitMs: 0 });
  mirror.sqlite.pragma('query_only = 0');
  expect(budget.take(true)).toEqual({ waitMs: windowMs });
});

test('what others sent counts while the mirror can not be written, and once there is another, which nobody else tells', () => {
  const { clock, temp } = setUp(3);
  const anew = createTempMirror(clock);
  const { store, mirror } = temp.connect();
  let place = store;
  const budget = createSharedBudget({ store: () => place, clock, requestsPerMinute: 3 });
  const killed = createSharedBudget({ store: () => temp.store, clock, requestsPerMinute: 3 });
  expect(killed.take(true)).toMatchObject({ waitMs: 0 });
  clock.advance(1);
  expect(budget.take(true)).toMatchObject({ waitMs: 0 });
  mirror.sqlite.pragma('query_only = 1');
  expect(budget.take(true)).toMatchObject({ waitMs: 0 });
  expect(budget.take(true)).toEqual({ waitMs: windowMs - 1000 });
  place = anew.store;
  expect(budget.take(true)).toEqual({ waitMs: windowMs - 1000 });
});
