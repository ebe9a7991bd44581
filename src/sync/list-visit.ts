import type { ListName } from '../lists/names.ts';

/** Requests that can wait. */
export interface IdleBudget {
  /** Pages that are left; the visits of a pass share them. */
  pages: number;
  /** The priority of these requests in the queue. */
  priority: number;
}

/** One agent's list in one pass, read page by page. */
export interface ListVisit {
  readonly agentId: string;
  readonly list: ListName;
  /**
   * Takes the next step: at most one request, and one commit.
   * @returns whether there is more to do.
   */
  step(signal: AbortSignal): Promise<boolean>;
  /** Records why the list could not be read. */
  fail(kind: string, message: string): void;
}

/** Runs the visits in turn, a step each, so that every agent's newest rows come before any agent's oldest. */
export async function roundRobin(
  visits: ListVisit[],
  lanes: number,
  signal: AbortSignal,
  step: (visit: ListVisit) => Promise<boolean>,
): Promise<void> {
  const waiting = [...visits];
  const lane = async () => {
    for (let visit = waiting.shift(); visit; visit = waiting.shift()) {
      signal.throwIfAborted();
      if (await step(visit)) waiting.push(visit);
    }
  };
  const running = Array.from({ length: Math.min(lanes, visits.length) }, lane);
  try {
    await Promise.all(running);
  } finally {
    await Promise.allSettled(running);
  }
}
