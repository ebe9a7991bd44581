import { expect, test } from 'vitest';
import { createBrowsers, signedInSeconds } from '../../src/page/browsers.ts';
import { createTries } from '../../src/page/tries.ts';
import { createFakeClock } from '../support/fake-clock.ts';

test('a browser stays signed in for twelve hours, and no longer', () => {
  const clock = createFakeClock();
  const browsers = createBrowsers(clock);
  const value = browsers.signIn();
  expect(value).toMatch(/^[\w-]{43}$/);
  expect([value, `${value}x`, ''].map(browsers.knows)).toEqual([true, false, false]);
  clock.advance(signedInSeconds - 1);
  expect(browsers.knows(value)).toBe(true);
  clock.advance(1);
  expect(browsers.knows(value)).toBe(false);
});

test('who signs out is out, and nobody else', () => {
  const browsers = createBrowsers(createFakeClock());
  const [one, other] = [browsers.signIn(), browsers.signIn()];
  expect(one).not.toBe(other);
  browsers.signOut(one);
  browsers.signOut('never given out');
  expect([one, other].map(browsers.knows)).toEqual([false, true]);
});

test('a hundred browsers are remembered: the next one takes the place of the first', () => {
  const browsers = createBrowsers(createFakeClock());
  const values = Array.from({ length: 101 }, browsers.signIn);
  expect(values.map(browsers.knows)).toEqual([false, ...Array.from({ length: 100 }, () => true)]);
});

test('ten wrong tokens may be tried in a minute', () => {
  const clock = createFakeClock();
  const tries = createTries(clock);
  for (let wrong = 0; wrong < 10; wrong += 1) {
    expect(tries.waitSeconds()).toBe(0);
    tries.wrong();
    clock.advance(1);
  }
  expect(tries.waitSeconds()).toBe(50);
  clock.advance(50);
  expect(tries.waitSeconds()).toBe(0);
  tries.wrong();
  expect(tries.waitSeconds()).toBe(1);
});
