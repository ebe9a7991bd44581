import { expect, test } from 'vitest';
import { backgroundShare, createOwnBudget, waitMs } from '../../src/api/budget.ts';
import { expectSharedRate } from '../support/budget-model.ts';
import { createFakeClock } from '../support/fake-clock.ts';

test('what nobody waits for may use nine tenths of a minute, and leaves at least one request where there are two', () => {
  expect([1, 2, 3, 10, 300].map(backgroundShare)).toEqual([1, 1, 2, 9, 270]);
});

test('a request waits until the one before so many is a minute old', () => {
  const pace = { requests: 3, ms: 60_000 };
  expect(waitMs([], 0, pace)).toBe(0);
  expect(waitMs([0, 10], 10, pace)).toBe(0);
  expect(waitMs([0, 10, 20], 20, pace)).toBe(59_980);
  expect(waitMs([0, 10, 20, 60_000], 60_000, pace)).toBe(10);
  expect(waitMs([0, 10, 20], 90_000, pace)).toBe(0);
});

test('no minute has more than the budget, and what nobody waits for has its share at most', () => {
  expectSharedRate((clock, rpm) => ({ budgets: [createOwnBudget(rpm, clock)] }), 100);
});

test('patience that was asked for holds everybody, the longest counts, and none lasts longer than an hour', () => {
  const clock = createFakeClock();
  const budget = createOwnBudget(10, clock);
  budget.hold(30_000, 'slow down');
  budget.hold(5000, 'shorter');
  expect(budget.take(true)).toEqual({ waitMs: 30_000, why: 'slow down' });
  clock.advance(30);
  expect(budget.take(true).waitMs).toBe(0);
  budget.hold(86_400_000, 'tomorrow');
  expect(budget.take(false)).toEqual({ waitMs: 3_600_000, why: 'tomorrow' });
});
