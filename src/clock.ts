import { setTimeout as delay } from 'node:timers/promises';

/** Time as an effect, so that tests can hold it still. */
export interface Clock {
  /** Wall-clock time in Unix seconds (float, UTC), the unit of the Customer API. */
  now(): number;
  /** Milliseconds that only ever grow, for durations; the same for all processes of a host until it restarts. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now() / 1000,
  monotonic: () => Number(process.hrtime.bigint()) / 1e6,
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  },
};
