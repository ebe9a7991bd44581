import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import type { Budget } from './budget.ts';

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

interface Item {
  priority: number;
  begin: () => Promise<void>;
  reject: (reason: unknown) => void;
}

/** Somebody who is told to wait for longer than this is better off with an error. */
const maxPatienceMs = 120_000;

/** Requests wait here until there is a connection for them and the budget lets them go. */
export function createQueue({ clock, budget, concurrency }: QueueDeps) {
  const waiting: Item[] = [];
  let running = 0;
  let timer: AbortController | undefined;

  function stopTimer(): void {
    timer?.abort();
    timer = undefined;
  }

  function lookAgainIn(ms: number): void {
    stopTimer();
    const mine = new AbortController();
    timer = mine;
    clock.sleep(ms, mine.signal).then(
      () => {
        if (timer !== mine) return;
        timer = undefined;
        pump();
      },
      () => {},
    );
  }

  /** Lets go whoever may go. Nobody overtakes the first one: what is kept back for live requests is theirs alone. */
  function pump(): void {
    for (let first = waiting[0]; first && running < concurrency; first = waiting[0]) {
      const { waitMs, why, ended } = budget.take(first.priority > 0);
      if (waitMs > 0 && (why === undefined || waitMs <= maxPatienceMs)) {
        lookAgainIn(waitMs);
        return;
      }
      waiting.shift();
      if (waitMs > 0) first.reject(new ApiError('rate_limited', why ?? ''));
      else void run(first, ended);
    }
  }

  async function run(item: Item, ended: (() => void) | undefined): Promise<void> {
    running += 1;
    try {
      await item.begin();
    } finally {
      ended?.();
      running -= 1;
      pump();
    }
  }

  function remove(item: Item): void {
    const place = waiting.indexOf(item);
    if (place < 0) return;
    waiting.splice(place, 1);
    if (waiting.length === 0) stopTimer();
    else if (place === 0) pump();
  }

  /** @returns what `work` comes to. @throws the signal's reason when it aborts before `work` begins; ApiError when the API asked for long patience. */
  function add<Result>(work: () => Promise<Result>, { priority, signal }: Place): Promise<Result> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        remove(item);
        reject(signal.reason);
      };
      const item: Item = {
        priority,
        begin: () => {
          signal.removeEventListener('abort', leave);
          return work().then(resolve, reject);
        },
        reject,
      };
      const behind = waiting.findIndex((other) => other.priority < priority);
      waiting.splice(behind < 0 ? waiting.length : behind, 0, item);
      signal.addEventListener('abort', leave, { once: true });
      if (waiting[0] === item || timer === undefined) pump();
    });
  }

  return { add };
}
