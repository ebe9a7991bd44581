import type { Clock } from '../clock.ts';

/** Whether a request may leave now (`waitMs` is 0), or how long to wait before asking again. */
export interface Permit {
  waitMs: number;
  /** The API's own words when it asked us to wait. */
  why?: string | undefined;
  /** Call it when the request that left has ended. */
  ended?: (() => void) | undefined;
}

/** Decides how many requests leave, and when. */
export interface Budget {
  /**
   * Books a request, if it may leave now. A request that a caller waits for (`isLive`) may use the share that others
   * may not.
   */
  take(isLive: boolean): Permit;
  /** The API asked us to wait: nothing leaves for this many milliseconds. */
  hold(ms: number, why: string): void;
}

export interface Pace {
  requests: number;
  ms: number;
}

/**
 * A request counts until a minute after it has ended: by then it had reached the API, however long it took to get
 * there. So none of the API's minutes has more requests than the budget, as long as requests take less than a minute.
 */
export const windowMs = 60_000;
/** Whatever a 429 says, we ask the API again after an hour. */
export const maxHoldMs = 3_600_000;

/**
 * How many of a minute's requests work that no caller waits for, such as passes, may use: nine tenths, at least one
 * less than all.
 */
export function backgroundShare(requestsPerMinute: number): number {
  return Math.max(1, Math.min(requestsPerMinute - 1, Math.floor(requestsPerMinute * 0.9)));
}

/**
 * Milliseconds until the next request may leave, given when the latest ones left (oldest first, on the same clock as
 * `now`).
 */
export function waitMs(sentAt: readonly number[], now: number, { requests, ms }: Pace): number {
  const barrier = sentAt.at(-requests);
  return barrier === undefined ? 0 : Math.max(0, barrier + ms - now);
}

export interface OwnBudget extends Budget {
  /** When the known requests of the last minute left, or ended, on the monotonic clock; oldest first. */
  sent(): readonly number[];
  /** From now on these requests are the known ones, oldest first: those of other processes are among them. */
  know(sentAt: readonly number[]): void;
  /** Adds a request that leaves at this time, whether it may or not. @returns what to call with the time of its end. */
  add(at: number): (endedAt: number) => void;
}

/** A budget of one process: it counts what this process sent, and what it is told of others. */
export function createOwnBudget(requestsPerMinute: number, { monotonic }: Pick<Clock, 'monotonic'>): OwnBudget {
  /** Oldest first. */
  let sentAt: number[] = [];
  let quiet: { until: number; why: string } = { until: 0, why: '' };

  function add(at: number): (endedAt: number) => void {
    sentAt.push(at);
    return (endedAt) => {
      const place = sentAt.lastIndexOf(at);
      if (place >= 0) sentAt.splice(place, 1);
      sentAt.push(endedAt);
    };
  }

  function forgetOld(now: number): void {
    while ((sentAt[0] ?? now) <= now - windowMs) sentAt.shift();
  }

  return {
    sent: () => {
      forgetOld(monotonic());
      return sentAt;
    },
    know: (known) => {
      sentAt = [...known];
    },
    add,
    take: (isLive) => {
      const now = monotonic();
      if (now < quiet.until) return { waitMs: quiet.until - now, why: quiet.why };
      forgetOld(now);
      const requests = isLive ? requestsPerMinute : backgroundShare(requestsPerMinute);
      const wait = waitMs(sentAt, now, { requests, ms: windowMs });
      if (wait > 0) return { waitMs: wait };
      const end = add(now);
      return { waitMs: 0, ended: () => end(monotonic()) };
    },
    hold: (ms, why) => {
      const until = monotonic() + Math.min(ms, maxHoldMs);
      if (until > quiet.until) quiet = { until, why };
    },
  };
}
