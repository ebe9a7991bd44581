import type { Clock } from '../clock.ts';
import { ApiError, MirrorError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Syncer } from './syncer.ts';

export interface PollerDeps {
  syncer: Pick<Syncer, 'fleet' | 'catchUp' | 'takeLease' | 'releaseLease'>;
  clock: Clock;
  log: Log;
  random: () => number;
  pollMs: number;
}

/** How long the lease of a poller that died stands in the others' way. */
const leaseSeconds = 30;
const maxBackoffMs = 60_000;

/** Milliseconds until the next pass: the poll interval, after failures a doubling backoff; both with jitter. */
export function pauseMs(failures: number, pollMs: number, random: number): number {
  const pause = failures === 0 ? pollMs : Math.min(maxBackoffMs, Math.max(1000, pollMs), 1000 * 2 ** (failures - 1));
  return pause * (0.9 + random * 0.2);
}

interface Turn {
  failures: number;
  /** Whether a pass succeeded. */
  hasPassed: boolean;
  /** Until the next turn. */
  pauseMs: number;
}

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));

/** Keeps the mirror up to date for as long as this process holds the file's lease. */
export function createPoller(deps: PollerDeps) {
  const { syncer, clock, log, random, pollMs } = deps;

  /** Aborted when the pause between two passes ends, or the lease is lost. */
  let pause = new AbortController();

  /** Renews the lease for as long as this runs, however long a pass takes. */
  async function renewLease(signal: AbortSignal): Promise<void> {
    for (;;) {
      await clock.sleep((leaseSeconds * 1000) / 3, signal).catch(() => {});
      if (signal.aborted) return;
      try {
        if (!syncer.takeLease(leaseSeconds)) pause.abort();
      } catch {
        // The pass under way meets the same trouble, and tells it.
      }
    }
  }

  /** Runs until `signal` aborts, whatever happens: what fails is tried again, ever more seldom. */
  async function run(signal: AbortSignal): Promise<void> {
    const renewal = new AbortController();
    let failures = 0;
    let catchingUp = Promise.resolve();
    const renewing = renewLease(AbortSignal.any([signal, renewal.signal]));
    while (!signal.aborted) {
      const turn = await takeTurn(failures, signal);
      failures = turn.failures;
      pause = new AbortController();
      const ending = pause.signal;
      // One request of the last pause may still be under way: no pass waits for it, but two never work at once.
      if (turn.hasPassed) catchingUp = catchingUp.then(() => syncer.catchUp({ signal, ending }));
      await clock.sleep(turn.pauseMs, signal).catch(() => {});
      pause.abort();
    }
    await catchingUp;
    renewal.abort();
    await renewing;
    try {
      syncer.releaseLease();
    } catch (error) {
      log.warn(`the lease could not be given up (${messageOf(error)}); it ends by itself in ${leaseSeconds} s`);
    }
  }

  /** A pass, if the lease is ours. */
  async function takeTurn(failures: number, signal: AbortSignal): Promise<Turn> {
    try {
      if (!syncer.takeLease(leaseSeconds)) return { failures, hasPassed: false, pauseMs: (leaseSeconds * 1000) / 3 };
      await syncer.fleet({ signal });
      if (failures > 0) log.info('passes succeed again');
      return { failures: 0, hasPassed: true, pauseMs: pauseMs(0, pollMs, random()) };
    } catch (error) {
      // The API's trouble and the mirror file's are a sentence; of a bug the log is told more.
      if (failures === 0 && !signal.aborted)
        log.warn(
          error instanceof ApiError || error instanceof MirrorError
            ? error.message
            : `a pass failed: ${stackOf(error)}`,
        );
      return { failures: failures + 1, hasPassed: false, pauseMs: pauseMs(failures + 1, pollMs, random()) };
    }
  }

  return { run };
}
