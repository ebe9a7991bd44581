import type { Clock } from '../../src/clock.ts';

export interface FakeClock extends Clock {
  /** Moves time on, and wakes the sleepers whose time has come. */
  advance(seconds: number): void;
  /** Sets the wall clock on by so many seconds, or back; the monotonic one takes no notice, and nobody wakes. */
  jump(seconds: number): void;
}

export interface FakeClockOptions {
  /** A sleep ends at once, and moves time on by its length. */
  autoAdvance?: boolean;
}

interface Sleeper {
  until: number;
  wake: () => void;
}

/** A clock that stands still but for `advance`. `start` is in Unix seconds. */
export function createFakeClock(
  start: number = 1_780_000_000,
  { autoAdvance = false }: FakeClockOptions = {},
): FakeClock {
  let elapsedMs = 0;
  let jumped = 0;
  const sleepers = new Set<Sleeper>();

  function advanceMs(ms: number): void {
    elapsedMs += ms;
    for (const sleeper of [...sleepers].sort((a, b) => a.until - b.until)) {
      if (sleeper.until > elapsedMs) break;
      sleepers.delete(sleeper);
      sleeper.wake();
    }
  }

  return {
    now: () => start + jumped + elapsedMs / 1000,
    monotonic: () => elapsedMs,
    advance: (seconds) => advanceMs(seconds * 1000),
    jump: (seconds) => {
      jumped += seconds;
    },
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      if (autoAdvance) return advanceMs(ms);
      await new Promise<void>((resolve, reject) => {
        const onAbort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const wake = () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        };
        const sleeper: Sleeper = { until: elapsedMs + ms, wake };
        if (ms <= 0) return wake();
        sleepers.add(sleeper);
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
  };
}
