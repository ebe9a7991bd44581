import { type Budget, backgroundShare, createOwnBudget, type Leave, maxHoldMs, windowMs } from '../api/budget.ts';
import type { Clock } from '../clock.ts';
import type { ApiState } from '../mirror/api-state.ts';
import type { Store } from '../mirror/store.ts';
import { printable } from '../printable.ts';

export interface SharedBudgetDeps {
  /** The mirror at the moment: a damaged file is begun anew. */
  store: () => Pick<Store, 'requestLog' | 'apiState' | 'write'>;
  clock: Pick<Clock, 'monotonic'>;
  requestsPerMinute: number;
}

/** The patience that the API asked of any process, until it is over; `now` is on the host's monotonic clock, in ms. */
export function quietOf(state: ApiState | undefined, now: number): { waitMs: number; why: string } | undefined {
  if (!state || state.quietUntil === null || state.quietAt === null) return undefined;
  // Asked for later than now: before the host started anew.
  if (state.quietAt > now || state.quietUntil <= now) return undefined;
  return { waitMs: state.quietUntil - now, why: state.quietWhy ?? '' };
}

/** How often a process notes what the others sent. */
const seenMs = 1000;

/**
 * One budget for all processes on a mirror file, kept in the file. While the file can't be written, a process counts
 * only what it sent itself.
 */
export function createSharedBudget({ store, clock, requestsPerMinute }: SharedBudgetDeps): Budget {
  const own = createOwnBudget(requestsPerMinute, clock);
  const background = backgroundShare(requestsPerMinute);

  /** The file that has all that this process sent; one that failed gets it again, and may count some of it twice. */
  let synced: Pick<Store, 'requestLog'> | undefined;
  /** What all processes had sent when a file was last read: neither a damaged file nor a killed process can tell the next file. */
  let seen: number[] = [];
  let seenAt = Number.NEGATIVE_INFINITY;

  function takeShared(isLive: boolean): Leave {
    const used = store();
    const { requestLog, apiState, write } = used;
    const taken = write((): Leave & { id?: number } => {
      const now = clock.monotonic();
      // What was sent before the mirror was begun anew counts as well.
      if (used !== synced) requestLog.takeOver(seen);
      if (synced === undefined) for (const at of own.sent()) requestLog.add(at);
      const quiet = quietOf(apiState.read(), now);
      if (quiet) return quiet;
      requestLog.prune(now - windowMs, now);
      const barrier = requestLog.latest(isLive ? requestsPerMinute : background);
      const waitMs = barrier === undefined ? 0 : Math.max(0, barrier + windowMs - now);
      const leave = waitMs > 0 ? { waitMs } : { waitMs, id: requestLog.add(now) };
      if (now - seenAt >= seenMs) {
        seen = requestLog.times();
        seenAt = now;
      } else if (waitMs === 0) seen.push(now);
      return leave;
    });
    synced = used;
    const { id, ...leave } = taken;
    return id === undefined ? leave : { ...leave, ended: () => end(used, id) };
  }

  /** Its number means nothing in another file. */
  function end({ requestLog, write }: Pick<Store, 'requestLog' | 'write'>, id: number): void {
    try {
      write(() => requestLog.end(id, clock.monotonic()));
    } catch {
      // It counts from when it left.
    }
  }

  return {
    take: (isLive) => {
      try {
        const leave = takeShared(isLive);
        if (leave.waitMs > 0) return leave;
        const { ended } = own.take(isLive);
        const endBoth = () => {
          ended?.();
          leave.ended?.();
        };
        return { ...leave, ended: endBoth };
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
        // Its own budget holds it.
      }
    },
  };
}
