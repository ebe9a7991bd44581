import PQueue from 'p-queue';
import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import type { Budget, Leave } from './budget.ts';

export interface QueueDeps {
  clock: Pick<Clock, 'sleep'>;
  budget: Budget;
  /** How many run at once. */
  concurrency: number;
}

export interface Place {
  /** Those of a higher priority go first; above 0, somebody waits for it. */
  priority: number;
  signal: AbortSignal;
}

/** Somebody who is told to wait for longer than this is better off with an error. */
const maxPatienceMs = 120_000;

export type Queue = ReturnType<typeof createQueue>;

/** Requests wait here until there is a connection for them and the budget lets them go. */
export function createQueue({ clock, budget, concurrency }: QueueDeps) {
  const queue = new PQueue({ concurrency });

  /** Lets nothing leave for a while. What waits in the queue keeps its place by priority. */
  async function rest(ms: number, signal: AbortSignal): Promise<void> {
    if (queue.isPaused) return;
    queue.pause();
    await clock.sleep(ms, signal).catch(() => {});
    queue.start();
  }

  /**
   * @returns what `work` comes to. @throws the signal's reason when it aborts before `work` begins; ApiError when the API
   * asked for long patience.
   */
  async function add<Result>(work: () => Promise<Result>, { priority, signal }: Place): Promise<Result> {
    const turn = async (): Promise<{ result: Result } | Leave> => {
      const leave = budget.take(priority > 0);
      if (leave.waitMs > 0) return leave;
      try {
        return { result: await work() };
      } finally {
        leave.ended?.();
      }
    };
    for (;;) {
      const taken = await queue.add(turn, { priority, signal });
      if ('result' in taken) return taken.result;
      const { waitMs, why } = taken;
      if (why !== undefined && waitMs > maxPatienceMs) throw new ApiError('rate_limited', why);
      // Where not even a live request may leave, none may. Else it waits outside of the queue, in no live one's way.
      if (priority > 0 || why !== undefined) void rest(waitMs, signal);
      else await clock.sleep(waitMs, signal);
    }
  }

  return { add };
}
