import type { Clock } from '../clock.ts';
import { ApiError, LostLeaseError, MirrorError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { printable } from '../printable.ts';
import { isDown, isDownKind, type Outage } from './circuit.ts';
import { FullError } from './quota.ts';
import { intervalMs, jitterOf, retryPauseMs } from './schedule.ts';
import type { Syncer } from './syncer.ts';

export interface PollerDeps {
  syncer: Pick<
    Syncer,
    'fleet' | 'catchUp' | 'probe' | 'outage' | 'saveOutage' | 'sinceCall' | 'takeLease' | 'releaseLease'
  >;
  clock: Clock;
  log: Log;
  random: () => number;
  pollMs: number;
}

export interface Poller {
  /** Runs until `signal` aborts, whatever happens: what fails is tried again, ever more seldom. */
  run(signal: AbortSignal): Promise<void>;
  /** Somebody asks: a pause that is long because nobody did ends if the usual one is over. */
  wake(): void;
}

/** How long the lease of a poller that died stands in the others' way. */
const leaseSeconds = 30;
/** How often the lease is renewed, or asked for, and pauses are looked at anew. */
const tickMs = (leaseSeconds * 1000) / 3;

interface Turn {
  failures: number;
  /** Whether a pass succeeded. */
  hasPassed: boolean;
  /** Until the next turn; asked again whenever something may have changed it. */
  pauseMs: () => number;
}

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));

/** Keeps the mirror up to date for as long as this process holds the file's lease. */
export function createPoller({ syncer, clock, log, random, pollMs }: PollerDeps): Poller {
  /** Aborted when the pause between two passes ends, or the lease is lost. */
  let pause = new AbortController();
  /** Aborted, and made anew, when the length of the pause is to be looked at. */
  let nudge = new AbortController();
  /** When a pass last brought something new, on the monotonic clock. */
  let newsAt: number | undefined;
  let hasPassed = false;

  function wake(): void {
    nudge.abort();
    nudge = new AbortController();
  }

  /** Renews the lease for as long as this runs, however long a pass takes. */
  async function tick(signal: AbortSignal): Promise<void> {
    for (;;) {
      await clock.sleep(tickMs, signal).catch(() => {});
      if (signal.aborted) return;
      try {
        if (!syncer.takeLease(leaseSeconds)) pause.abort();
      } catch {
        // The pass under way meets the same trouble, and tells it.
      }
      wake();
    }
  }

  /** Sleeps until the pause is over by either clock: the monotonic one stands still while a laptop is closed. */
  async function sleepOut(wanted: () => number, signal: AbortSignal): Promise<void> {
    const jitter = jitterOf(random());
    const began = { monotonic: clock.monotonic(), now: clock.now() };
    while (!signal.aborted) {
      const passed = Math.max(clock.monotonic() - began.monotonic, (clock.now() - began.now) * 1000);
      const left = wanted() * jitter - passed;
      if (left <= 0) return;
      await clock.sleep(left, AbortSignal.any([signal, nudge.signal])).catch(() => {});
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    const ticks = new AbortController();
    let failures = 0;
    let catchingUp = Promise.resolve();
    const ticking = tick(AbortSignal.any([signal, ticks.signal]));
    while (!signal.aborted) {
      const turn = await takeTurn(failures, signal);
      failures = turn.failures;
      pause = new AbortController();
      const ending = pause.signal;
      // One request of the last pause may still be under way: no pass waits for it, but two never work at once.
      if (turn.hasPassed) catchingUp = catchingUp.then(() => syncer.catchUp({ signal, ending }));
      await sleepOut(turn.pauseMs, signal);
      pause.abort();
    }
    await catchingUp;
    ticks.abort();
    await ticking;
    try {
      syncer.releaseLease();
    } catch (error) {
      log.warn(`the lease could not be given up (${messageOf(error)}); it ends by itself in ${leaseSeconds} s`);
    }
  }

  /** A pass, if the lease is ours and the API is not down; if it is, a look whether it still is. */
  async function takeTurn(failures: number, signal: AbortSignal): Promise<Turn> {
    try {
      if (!syncer.takeLease(leaseSeconds)) return { failures, hasPassed: false, pauseMs: () => tickMs };
      if (isDown(syncer.outage())) {
        const error = await syncer.probe(signal);
        if (error) throw error;
        syncer.saveOutage(undefined);
      }
      const { added } = await syncer.fleet({ signal, isFenced: true });
      // What came before anybody polled says nothing of what goes on now.
      if (hasPassed && Object.values(added).some((count) => count > 0)) newsAt = clock.monotonic();
      hasPassed = true;
      if (failures > 0) log.info('passes succeed again');
      return { failures: 0, hasPassed: true, pauseMs: usualPauseMs };
    } catch (error) {
      // Whoever took the lease over does the work now; if nobody did (the file is another one), it is taken soon.
      if (error instanceof LostLeaseError) return { failures, hasPassed: false, pauseMs: () => retryPauseMs(1) };
      // The API's trouble and the mirror file's are a sentence; of a bug the log is told more.
      if (failures === 0 && !signal.aborted) {
        const isTold = error instanceof ApiError || error instanceof MirrorError || error instanceof FullError;
        log.warn(isTold ? error.message : `a pass failed: ${stackOf(error)}`);
      }
      return failed(error, failures, signal);
    }
  }

  function usualPauseMs(): number {
    const sinceNews = newsAt === undefined ? undefined : clock.monotonic() - newsAt;
    try {
      return intervalMs({ pollMs, sinceNews, sinceCall: syncer.sinceCall() });
    } catch {
      // A mirror that can't be read is what the next pass fails with, and tells.
      return pollMs;
    }
  }

  function failed(error: unknown, before: number, signal: AbortSignal): Turn {
    let failures = before + 1;
    try {
      const outage = syncer.outage();
      if (error instanceof ApiError && isDownKind(error.kind)) {
        failures = Math.max(before, outage?.failures ?? 0) + 1;
        syncer.saveOutage(nextOutage(outage, error, retryPauseMs(failures)));
      } else if (error instanceof ApiError && outage && !signal.aborted) syncer.saveOutage(undefined);
    } catch {
      // A mirror that can't be written is what the next pass fails with, and tells.
    }
    return { failures, hasPassed: false, pauseMs: () => retryPauseMs(failures) };
  }

  function nextOutage(before: Outage | undefined, error: ApiError, pauseMs: number): Outage {
    const now = clock.now();
    return {
      failures: (before?.failures ?? 0) + 1,
      since: before?.since ?? now,
      kind: error.kind,
      why: printable(error.message),
      failedAt: now,
      nextTryAt: now + pauseMs / 1000,
    };
  }

  return { run, wake };
}
