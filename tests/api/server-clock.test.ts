import { expect, test } from 'vitest';
import { createServerClock, type Reading } from '../../src/api/server-clock.ts';

const now = 1_780_000_000;

/** What is known after answers that tell these times, asked for a second after each other; each takes `took` seconds. */
function skewAfter(told: readonly (number | undefined)[], took = 0.1) {
  const clock = createServerClock();
  for (const [index, skew] of told.entries()) {
    const sentAt = now + index;
    const reading: Reading = { sentAt, receivedAt: sentAt + took, serverTime: undefined };
    clock.read(skew === undefined ? reading : { ...reading, serverTime: Math.floor(sentAt + skew) });
  }
  return clock.skew();
}

test.each([
  ['three that agree', [7200, 7200, 7200], 7200],
  ['clocks that agree', [0, 0, 0], 0],
  ['a second that is cut off', [-0.9, -0.9, -0.9], 0],
  ['a server behind', [-86_400, -86_400, -86_400], -86_400],
  ['one of another machine before', [-500, 7200, 7200, 7200], 7200],
  ['one of a cache after', [7200, 7200, 7200, -99_999], 7200],
  ['a clock that was set', [7200, 7200, 7200, 0, 0, 0], 0],
])('a skew counts once three answers agree: %s', (_, told, seconds) => {
  const skew = skewAfter(told);
  expect(skew && 'seconds' in skew && Math.abs(skew.seconds - seconds)).toBeLessThanOrEqual(1);
});

test.each([
  ['no answer', [], undefined],
  ['two answers', [7200, 7200], undefined],
  ['three that disagree', [7200, 100, -900], undefined],
  ['many that disagree', [1000, -1000, 1000, -1000, 1000, -1000, 1000, -1000], { unknown: 'unsteady' }],
  ['answers without a Date header', [undefined, undefined, undefined], { unknown: 'undated' }],
])('nothing is known of: %s', (_, told, known) => {
  expect(skewAfter(told)).toEqual(known);
});

test('answers that took long tell too little', () => {
  expect(skewAfter([7200, 7200, 7200], 30)).toBe(undefined);
});
