import PQueue from 'p-queue';
import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import type { Budget, Permit } from './budget.ts';

/** A request waits before it may leave. */
export interface Wait {
  /** Until it asks again. */
  ms: number;
  /** The API's own words when it asked for the wait; undefined: the request budget is spent. */
  why?: string | undefined;
  priority: number;
}

export interface QueueDeps {
  clock: Pick<Clock, 'sleep'>;
  budget: Budget;
  onWait(wait: Wait): void;
  /** How many run at once. */
  concurrency: number;
}

export interface Place {
  /** Requests of a higher priority go first; above 0, a caller waits for it. */
  priority: number;
  signal: AbortSignal;
}

/** A caller who would have to wait for longer than this is better off with an error. */
const maxPatienceMs = 120_000;

export type Queue = ReturnType<typeof createQueue>;

/** Requests wait here until there is a connection for them and the budget lets them go. */
export function createQueue({ clock, budget, concurrency, onWait }: QueueDeps) {
  const queue = new PQueue({ concurrency });

  /** Lets nothing leave for a while. Requests in the queue keep their place by priority. */
  async function rest(ms: number, signal: AbortSignal): Promise<void> {
    if (queue.isPaused) return;
    queue.pause();
    await clock.sleep(ms, signal).catch(() => {});
    queue.start();
  }

  /**
   * @returns the result of `work`. @throws the signal's reason when it aborts before `work` begins; ApiError when the
   * API asked for a long wait.
   */
  async function add<Result>(work: () => Promise<Result>, { priority, signal }: Place): Promise<Result> {
    const turn = async (): Promise<{ result: Result } | Permit> => {
      const permit = budget.take(priority > 0);
      if (permit.waitMs > 0) return permit;
      try {
        return { result: await work() };
      } finally {
        permit.ended?.();
      }
    };
    for (;;) {
      const taken = await queue.add(turn, { priority, signal });
      if ('result' in taken) return taken.result;
      const { waitMs, why } = taken;
      if (why !== undefined && waitMs > maxPatienceMs) throw new ApiError('rate_limited', why);
      onWait({ ms: waitMs, why, priority });
      // If not even a live request may leave, none may. Otherwise this one waits outside the queue, so that it blocks
      // no live one.
      if (priority > 0 || why !== undefined) void rest(waitMs, signal);
      else await clock.sleep(waitMs, signal);
    }
  }

  return { add };
}
