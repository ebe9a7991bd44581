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
 * only what it sent itself.
 */
export function createSharedBudget({ store, clock, requestsPerMinute }: SharedBudgetDeps): Budget {
  const own = createOwnBudget(requestsPerMinute, clock);
  const background = backgroundShare(requestsPerMinute);

  /**
   * The file that has everything this process sent; a file that failed gets it again, and may count some of it twice.
   */
  let synced: Pick<Store, 'requestLog'> | undefined;
  /**
   * What all processes had sent when we last read a file: neither a damaged file nor a killed process can pass it to
   * the next file.
   */
  let seen: number[] = [];
  let seenAt = Number.NEGATIVE_INFINITY;

  function takeShared(isLive: boolean): Permit {
    const used = store();
    const { requestLog, apiState, write } = used;
    const taken = write((): Permit & { id?: number } => {
      const now = clock.monotonic();
      // Requests from before a new file replaced the mirror count as well.
      if (used !== synced) requestLog.takeOver(seen);
      if (synced === undefined) for (const at of own.sent()) requestLog.add(at);
      const quiet = quietOf(apiState.read(), now);
      if (quiet) return quiet;
      requestLog.prune(now - windowMs, now);
      const barrier = requestLog.latest(isLive ? requestsPerMinute : background);
      const waitMs = barrier === undefined ? 0 : Math.max(0, barrier + windowMs - now);
      const permit = waitMs > 0 ? { waitMs } : { waitMs, id: requestLog.add(now) };
      if (now - seenAt >= seenMs) {
        seen = requestLog.times();
        seenAt = now;
      } else if (waitMs === 0) seen.push(now);
      return permit;
    });
    synced = used;
    const { id, ...permit } = taken;
    return id === undefined ? permit : { ...permit, ended: () => end(used, id) };
  }

  /** The request's number means nothing in another file. */
  function end({ requestLog, write }: Pick<Store, 'requestLog' | 'write'>, id: number): void {
    try {
      write(() => requestLog.end(id, clock.monotonic()));
    } catch {
      // The request then counts from when it left.
    }
  }

  return {
    take: (isLive) => {
      try {
        const permit = takeShared(isLive);
        if (permit.waitMs > 0) return permit;
        const { ended } = own.take(isLive);
        const endBoth = () => {
          ended?.();
          permit.ended?.();
        };
        return { ...permit, ended: endBoth };
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
