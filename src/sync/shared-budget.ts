import { type Budget, backgroundShare, createOwnBudget, maxHoldMs, type Permit, windowMs } from '../api/budget.ts';
import type { Clock } from '../clock.ts';
import type { ApiState } from '../mirror/api-state.ts';
import type { Store } from '../mirror/store.ts';
import { printable } from '../printable.ts';

export interface SharedBudgetDeps {
  /** The current mirror: a new file replaces a damaged one. */
  store: () => Pick<Store, 'requestLog' | 'apiState' | 'write'>;
  clock: Pick<Clock, 'monotonic'>;
  requestsPerMinute: number;
}

/**
 * How long the API has asked any process to pause; undefined: no pause. `now` is on the host's monotonic clock, in ms.
 */
export function quietOf(state: ApiState | undefined, now: number): { waitMs: number; why: string } | undefined {
  if (!state || state.quietUntil === null || state.quietAt === null) return undefined;
  // A request from later than now is from before the host restarted.
  if (state.quietAt > now || state.quietUntil <= now) return undefined;
  return { waitMs: state.quietUntil - now, why: state.quietWhy ?? '' };
}

/**
 * How often (in milliseconds) a process notes what the others sent: so much of it is forgotten with a file that gets
 * lost. A backfill begins with a hundred requests in a second.
 */
const seenMs = 50;

/**
 * One budget for all processes on a mirror file, kept in the file. While the file can't be written, a process counts
 * what it sent itself, and what it last saw of the others.
 */
export function createSharedBudget({ store, clock, requestsPerMinute }: SharedBudgetDeps): Budget {
  /** Neither a damaged file nor a killed process can pass on to the next file what all processes had sent. */
  const own = createOwnBudget(requestsPerMinute, clock);
  const background = backgroundShare(requestsPerMinute);

  /** The file that has every request that we know of; undefined after it failed. */
  let synced: Pick<Store, 'requestLog'> | undefined;
  let seenAt = Number.NEGATIVE_INFINITY;

  function takeShared(isLive: boolean): Permit {
    const used = store();
    const { requestLog, apiState, write } = used;
    const taken = write((): Permit | { id: number; at: number } => {
      const now = clock.monotonic();
      // Requests from before a new file replaced the mirror count as well.
      if (used !== synced) requestLog.takeOver(own.sent());
      const quiet = quietOf(apiState.read(), now);
      if (quiet) return quiet;
      requestLog.prune(now - windowMs, now);
      if (now - seenAt >= seenMs) {
        own.know(requestLog.times());
        seenAt = now;
      }
      const barrier = requestLog.latest(isLive ? requestsPerMinute : background);
      const waitMs = barrier === undefined ? 0 : Math.max(0, barrier + windowMs - now);
      return waitMs > 0 ? { waitMs } : { id: requestLog.add(now), at: now };
    });
    synced = used;
    if ('waitMs' in taken) return taken;
    const endOwn = own.add(taken.at);
    return {
      waitMs: 0,
      ended: () => {
        const now = clock.monotonic();
        endOwn(now);
        end(used, taken.id, now);
      },
    };
  }

  /** The request's number means nothing in another file. */
  function end({ requestLog, write }: Pick<Store, 'requestLog' | 'write'>, id: number, now: number): void {
    try {
      write(() => requestLog.end(id, now));
    } catch {
      // The request then counts from when it left.
    }
  }

  return {
    take: (isLive) => {
      try {
        return takeShared(isLive);
      } catch {
        synced = undefined;
        return own.take(isLive);
      }
    },
    hold: (ms, why) => {
      own.hold(ms, why);
      try {
        const { apiState, write } = store();
        write(() => {
          const now = clock.monotonic();
          const until = now + Math.min(ms, maxHoldMs);
          if ((quietOf(apiState.read(), now)?.waitMs ?? 0) < until - now)
            apiState.save({ quietAt: now, quietUntil: until, quietWhy: printable(why) });
        });
      } catch {
        // The process's own budget holds it.
      }
    },
  };
}
