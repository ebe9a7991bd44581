import { expect, test } from 'vitest';
import { createMisses } from '../../src/sync/misses.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const trouble = { kind: 'not_found', message: 'there is none' };

test('what the API did not have is remembered for a minute', () => {
  const clock = createFakeClock();
  const misses = createMisses(clock);
  misses.add('run x', trouble);
  expect(misses.find('run y')).toBe(undefined);
  clock.advance(59.9);
  expect(misses.find('run x')).toBe(trouble);
  clock.advance(0.2);
  expect(misses.find('run x')).toBe(undefined);
});

test('names that nobody has do not pile up', () => {
  const misses = createMisses(createFakeClock());
  for (let n = 0; n <= 10_000; n += 1) misses.add(`run ${n}`, trouble);
  expect(misses.find('run 0')).toBe(undefined);
  expect(misses.find('run 10000')).toBe(trouble);
});
