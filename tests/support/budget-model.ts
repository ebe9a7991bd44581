import fc from 'fast-check';
import { expect } from 'vitest';
import { type Budget, backgroundShare, windowMs } from '../../src/api/budget.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';

export interface Budgets {
  /** Those of the processes that share one rate. */
  budgets: readonly Budget[];
  dispose?: () => void;
}

/**
 * Whoever asks and whenever: a request may leave if, and only if, the last minute has room for it; one counts from when
 * it ended, and until then from when it left.
 */
export function expectSharedRate(setUp: (clock: FakeClock, rpm: number) => Budgets, numRuns: number): void {
  const ask = fc.record({
    who: fc.nat(9),
    isLive: fc.boolean(),
    after: fc.integer({ min: 0, max: 9000 }),
    ends: fc.nat(9),
  });
  fc.assert(
    fc.property(fc.array(ask, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (history, rpm) => {
      const clock = createFakeClock();
      const { budgets, dispose } = setUp(clock, rpm);
      const sent: { at: number; ended: (() => void) | undefined }[] = [];
      for (const { who, isLive, after, ends } of history) {
        clock.advance(after / 1000);
        const now = clock.monotonic();
        const ending = sent[ends];
        if (ending?.ended) {
          ending.ended();
          ending.ended = undefined;
          ending.at = now;
        }
        const room = (isLive ? rpm : backgroundShare(rpm)) - sent.filter(({ at }) => at > now - windowMs).length;
        const leave = budgets[who % budgets.length]?.take(isLive);
        expect(leave?.waitMs === 0).toBe(room > 0);
        if (room > 0) sent.push({ at: now, ended: leave?.ended });
      }
      dispose?.();
    }),
    { numRuns },
  );
}
