import type { Clock } from '../clock.ts';
import { ApiError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Syncer } from './syncer.ts';

export interface PollerDeps {
  syncer: Pick<Syncer, 'fleet' | 'takeLease' | 'releaseLease'>;
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

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));

/** Keeps the mirror up to date for as long as this process holds the file's lease. */
export function createPoller(deps: PollerDeps) {
  const { syncer, clock, log, random, pollMs } = deps;

  /** Renews the lease while a pass runs, however long it takes. */
  async function renewLease(signal: AbortSignal): Promise<void> {
    for (;;) {
      await clock.sleep((leaseSeconds * 1000) / 3, signal).catch(() => {});
      if (signal.aborted) return;
      try {
        syncer.takeLease(leaseSeconds);
      } catch {
        // The pass under way meets the same trouble, and tells it.
      }
    }
  }

  /** Runs until `signal` aborts, whatever happens: what fails is tried again, ever more seldom. */
  async function run(signal: AbortSignal): Promise<void> {
    const renewal = new AbortController();
    let failures = 0;
    const renewing = renewLease(AbortSignal.any([signal, renewal.signal]));
    while (!signal.aborted) {
      const turn = await takeTurn(failures, signal);
      failures = turn.failures;
      await clock.sleep(turn.pauseMs, signal).catch(() => {});
    }
    renewal.abort();
    await renewing;
    try {
      syncer.releaseLease();
    } catch (error) {
      log.warn(`the lease could not be given up (${messageOf(error)}); it ends by itself in ${leaseSeconds} s`);
    }
  }

  /** A pass, if the lease is ours. */
  async function takeTurn(failures: number, signal: AbortSignal): Promise<{ failures: number; pauseMs: number }> {
    try {
      if (!syncer.takeLease(leaseSeconds)) return { failures, pauseMs: (leaseSeconds * 1000) / 3 };
      await syncer.fleet({ signal });
      if (failures > 0) log.info('passes succeed again');
      return { failures: 0, pauseMs: pauseMs(0, pollMs, random()) };
    } catch (error) {
      // The API's trouble is one sentence; of the mirror's (a full disk, a lock) and of a bug the log is told more.
      if (failures === 0 && !signal.aborted)
        log.warn(error instanceof ApiError ? error.message : `a pass failed: ${stackOf(error)}`);
      return { failures: failures + 1, pauseMs: pauseMs(failures + 1, pollMs, random()) };
    }
  }

  return { run };
}
