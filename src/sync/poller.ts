import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
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

/** Keeps the mirror up to date for as long as this process holds the file's lease. */
export function createPoller(deps: PollerDeps) {
  const { syncer, clock, log, random, pollMs } = deps;

  /** Renews the lease while a pass runs, however long it takes. */
  async function renewLease(signal: AbortSignal): Promise<void> {
    for (;;) {
      await clock.sleep((leaseSeconds * 1000) / 3, signal);
      syncer.takeLease(leaseSeconds);
    }
  }

  /** Runs until `signal` aborts. @throws what is no trouble of the API's: the mirror can't be written. */
  async function run(signal: AbortSignal): Promise<void> {
    const renewal = new AbortController();
    const stopped = (error: unknown) => {
      if (!signal.aborted && !renewal.signal.aborted) throw error;
    };
    let failures = 0;
    const renewing = renewLease(AbortSignal.any([signal, renewal.signal])).catch(stopped);
    try {
      while (!signal.aborted) {
        if (!syncer.takeLease(leaseSeconds)) {
          await clock.sleep((leaseSeconds * 1000) / 3, signal);
          continue;
        }
        failures = await onePass(failures, signal);
        await clock.sleep(pauseMs(failures, pollMs, random()), signal);
      }
    } catch (error) {
      stopped(error);
    } finally {
      renewal.abort();
      await renewing;
      syncer.releaseLease();
    }
  }

  async function onePass(failures: number, signal: AbortSignal): Promise<number> {
    try {
      await syncer.fleet({ signal });
      if (failures > 0) log.info('the Customer API is back');
      return 0;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (failures === 0) log.warn(error.message);
      return failures + 1;
    }
  }

  return { run };
}
