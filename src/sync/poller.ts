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
  /** Runs until `signal` aborts, whatever happens: it retries after failures, less and less often. */
  run(signal: AbortSignal): Promise<void>;
  /** A client asks: ends a pause that is long because no client asked before, if the usual pause is over. */
  wake(): void;
}

/** How long the lease of a dead poller keeps the others waiting. */
const leaseSeconds = 30;
/** How often the poller renews the lease, or tries to get it, and checks whether its pause is over. */
const tickMs = (leaseSeconds * 1000) / 3;

interface Polling extends PollerDeps {
  /** Aborted when the pause between two passes ends, or the poller loses the lease. */
  pause: AbortController;
  /** Aborted, and replaced, when the length of the pause may have changed. */
  nudge: AbortController;
  /** When a pass last brought something new, on the monotonic clock. */
  newsAt: number | undefined;
  hasPassed: boolean;
  /** Whether the lease was ours when we last looked. */
  hasLease: boolean;
  /** Turns in a row that failed. */
  failures: number;
}

interface Turn {
  /** Whether its pass succeeded. */
  hasPassed: boolean;
  /** Time until the next turn; read again whenever something may have changed it. */
  pauseMs: () => number;
}

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));

/** Keeps the mirror up to date for as long as this process holds the file's lease. */
export function createPoller(deps: PollerDeps): Poller {
  const [pause, nudge] = [new AbortController(), new AbortController()];
  const polling: Polling = { ...deps, pause, nudge, newsAt: undefined, hasPassed: false, hasLease: false, failures: 0 };
  return { run: (signal) => run(polling, signal), wake: () => wake(polling) };
}

function wake(polling: Polling): void {
  polling.nudge.abort();
  polling.nudge = new AbortController();
}

async function run(polling: Polling, signal: AbortSignal): Promise<void> {
  const { syncer, log } = polling;
  const ticks = new AbortController();
  let catchingUp = Promise.resolve();
  const ticking = tick(polling, AbortSignal.any([signal, ticks.signal]));
  while (!signal.aborted) {
    const turn = await takeTurn(polling, signal);
    polling.pause = new AbortController();
    const ending = polling.pause.signal;
    // A request from the last pause may still be running: no pass waits for it, but two never run at once.
    if (turn.hasPassed) catchingUp = catchingUp.then(() => syncer.catchUp({ signal, ending }));
    await sleepOut(polling, turn.pauseMs, signal);
    polling.pause.abort();
  }
  await catchingUp;
  ticks.abort();
  await ticking;
  try {
    syncer.releaseLease();
  } catch (error) {
    log.warn(`releasing the lease failed (${messageOf(error)}); it expires in ${leaseSeconds} s`, error);
  }
}

/** @returns whether the lease is ours, now. */
function takeLease(polling: Polling): boolean {
  const { syncer, log } = polling;
  const isOurs = syncer.takeLease(leaseSeconds);
  if (isOurs !== polling.hasLease) log.event?.(isOurs ? 'lease_taken' : 'lease_lost', {});
  polling.hasLease = isOurs;
  return isOurs;
}

/** Renews the lease until `signal` aborts, however long a pass takes. */
async function tick(polling: Polling, signal: AbortSignal): Promise<void> {
  for (;;) {
    await polling.clock.sleep(tickMs, signal).catch(() => {});
    if (signal.aborted) return;
    try {
      if (!takeLease(polling)) polling.pause.abort();
    } catch {
      // The running pass meets the same trouble, and reports it.
    }
    wake(polling);
  }
}

/** Sleeps until the pause is over by either clock: the monotonic one stops while a laptop is closed. */
async function sleepOut(polling: Polling, wanted: () => number, signal: AbortSignal): Promise<void> {
  const { clock, random } = polling;
  const jitter = jitterOf(random());
  const began = { monotonic: clock.monotonic(), now: clock.now() };
  while (!signal.aborted) {
    const passed = Math.max(clock.monotonic() - began.monotonic, (clock.now() - began.now) * 1000);
    const left = wanted() * jitter - passed;
    if (left <= 0) return;
    await clock.sleep(left, AbortSignal.any([signal, polling.nudge.signal])).catch(() => {});
  }
}

/** Runs a pass if the lease is ours and the API is not down; probes an API that is down. */
async function takeTurn(polling: Polling, signal: AbortSignal): Promise<Turn> {
  const { syncer, clock, log } = polling;
  try {
    if (!takeLease(polling)) return { hasPassed: false, pauseMs: () => tickMs };
    if (isDown(syncer.outage())) {
      const error = await syncer.probe(signal);
      if (error) throw error;
      syncer.saveOutage(undefined);
      log.event?.('api_up', {});
    }
    const { added } = await syncer.fleet({ signal, isFenced: true });
    // Rows from before any process polled say nothing about what happens now.
    if (polling.hasPassed && Object.values(added).some((count) => count > 0)) polling.newsAt = clock.monotonic();
    polling.hasPassed = true;
    if (polling.failures > 0) log.info('passes succeed again');
    polling.failures = 0;
    return { hasPassed: true, pauseMs: () => usualPauseMs(polling) };
  } catch (error) {
    // The process that took over the lease does the work now; if none did (the file is another one), we take it soon.
    if (error instanceof LostLeaseError) return { hasPassed: false, pauseMs: () => retryPauseMs(1) };
    if (polling.failures === 0 && !signal.aborted) warnOf(polling, error);
    polling.failures = countFailure(polling, error, signal);
    return { hasPassed: false, pauseMs: () => retryPauseMs(polling.failures) };
  }
}

function usualPauseMs({ syncer, clock, pollMs, newsAt }: Polling): number {
  const sinceNews = newsAt === undefined ? undefined : clock.monotonic() - newsAt;
  try {
    return intervalMs({ pollMs, sinceNews, sinceCall: syncer.sinceCall() });
  } catch {
    // The next pass fails with an unreadable mirror, too, and reports it.
    return pollMs;
  }
}

/** Logs trouble of the API or the mirror file as one sentence, and a bug with its stack. */
function warnOf({ log }: Polling, error: unknown): void {
  const isKnown = error instanceof ApiError || error instanceof MirrorError || error instanceof FullError;
  log.warn(isKnown ? error.message : `a pass failed: ${stackOf(error)}`, error);
}

/**
 * Saves what the failure says about the API. @returns how many turns failed in a row; if the API is down, for all
 * processes on the file.
 */
function countFailure({ syncer, clock, log, failures }: Polling, error: unknown, signal: AbortSignal): number {
  let count = failures + 1;
  try {
    const outage = syncer.outage();
    if (error instanceof ApiError && isDownKind(error.kind)) {
      count = Math.max(failures, outage?.failures ?? 0) + 1;
      const next = nextOutage(outage, error, clock.now(), retryPauseMs(count));
      syncer.saveOutage(next);
      if (isDown(next) && !isDown(outage)) log.event?.('api_down', { error: error.kind, failures: next.failures });
    } else if (error instanceof ApiError && outage && !signal.aborted) syncer.saveOutage(undefined);
  } catch {
    // The next pass fails with an unwritable mirror, too, and reports it.
  }
  return count;
}

function nextOutage(before: Outage | undefined, error: ApiError, now: number, pauseMs: number): Outage {
  return {
    failures: (before?.failures ?? 0) + 1,
    since: before?.since ?? now,
    kind: error.kind,
    why: printable(error.message),
    failedAt: now,
    nextTryAt: now + pauseMs / 1000,
  };
}
