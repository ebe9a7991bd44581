import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { collectGarbage, createSweeper } from '../src/sweeper.ts';
import { createFakeClock } from './support/fake-clock.ts';

function start() {
  const clock = createFakeClock();
  let swept = 0;
  const sweeper = createSweeper(clock, () => {
    swept += 1;
  });
  return {
    sweeper,
    /** @returns how often was swept until then. */
    after: async (seconds: number) => {
      clock.advance(seconds);
      await turn();
      return swept;
    },
  };
}

test('is done twice when nobody asks, and anew after the next answer', async () => {
  const { sweeper, after } = start();
  expect(await after(10)).toBe(0);
  sweeper.answered();
  expect(await after(5.9)).toBe(0);
  sweeper.answered();
  expect(await after(0.2)).toBe(0);
  expect(await after(6)).toBe(1);
  expect(await after(6)).toBe(2);
  expect(await after(100)).toBe(2);
  sweeper.answered();
  expect(await after(6)).toBe(3);
  sweeper.answered();
  expect(await after(6)).toBe(3);
  expect(await after(6)).toBe(4);
  expect(await after(6)).toBe(5);
});

test('is not done any more once it was stopped', async () => {
  const { sweeper, after } = start();
  sweeper.answered();
  sweeper.stop();
  sweeper.answered();
  expect(await after(10)).toBe(0);
});

test('takes away what nobody holds', async () => {
  const left = new WeakRef({ of: 'an answer' });
  await turn();
  collectGarbage();
  expect(left.deref()).toBe(undefined);
  expect('gc' in globalThis).toBe(false);
});
