import { waitMs } from '../api/budget.ts';
import type { GetOptions } from '../api/client.ts';
import type { Clock } from '../clock.ts';
import { daySeconds } from '../days.ts';
import { ApiError, LostLeaseError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Store } from '../mirror/store.ts';
import { createBaseline } from './details-baseline.ts';
import { batchSize, paceOf } from './details-plan.ts';
import { createSetAside } from './set-aside.ts';

export interface DetailsDeps {
  store: () => Store;
  clock: Clock;
  log: Log;
  requestsPerMinute: number;
  /** Runs of so many days are fetched; 0: none, and no baseline either. */
  eventsDays: number;
  /** Whether the mirror has room for events. */
  hasRoom(): boolean;
  /** Fetches a run's detail into the mirror. @returns the id of the run that the API told of. */
  fetchRun(runId: string, options: GetOptions): Promise<string>;
  /** The server's own score of an agent, as JSON text. */
  fetchHealth(agentId: string, options: GetOptions): Promise<string>;
}

export interface CatchUpOptions {
  /** Stops at once. */
  signal: AbortSignal;
  /** Begins no further request. */
  ending: AbortSignal;
}

interface Job {
  /** What it is remembered by, should it fail. */
  key: string;
  /** It need not be fetched any more. */
  isOver(): boolean;
  fetch(options: GetOptions): Promise<void>;
}

/** Passes, and what a waiting user asks for, go first. */
const priority = -10;
const healthSeconds = 3600;
/** A backend without the endpoint for health scores may be replaced by a newer one. */
const noHealthMs = 3_600_000;
/** The API is in trouble: what it fails at is tried again after the next pass. */
const maxFailures = 3;
/** Between looks at the mirror that found nothing: others may want the thread. */
const breathMs = 5;

/**
 * The low-priority lane between passes, one request at a time: the server's own health scores, then the details of runs:
 * those with signals, then newest first, and some of those from which a health score's baseline is computed.
 */
export function createDetailsLane(deps: DetailsDeps) {
  const { clock, log, eventsDays } = deps;
  const pace = paceOf(deps.requestsPerMinute);
  const baseline = createBaseline();
  const aside = createSetAside(clock);
  /** When the latest requests had ended: what left the queue late is not counted too early. */
  let sentAt: number[] = [];
  let noHealthUntil = 0;
  let told = '';

  /** A damaged file was begun anew meanwhile: what was planned on the old one is void. */
  const isReplaced = (store: Store) => store !== deps.store();

  function healthJobs(): Job[] {
    const store = deps.store();
    const isMissing = () => clock.monotonic() < noHealthUntil;
    if (isMissing()) return [];
    return store.serverHealth.due(clock.now() - healthSeconds).map(({ agent, agentId }) => ({
      key: `health ${agentId}`,
      isOver: () => isMissing() || isReplaced(store) || aside.has(`health ${agentId}`),
      fetch: async (options) => {
        const body = await deps.fetchHealth(agentId, options).catch((error: unknown) => {
          if (error instanceof ApiError && error.kind === 'not_found') noHealthUntil = clock.monotonic() + noHealthMs;
          throw error;
        });
        if (!isReplaced(store)) store.write(() => store.serverHealth.put(agent, body, clock.now()));
      },
    }));
  }

  const runKey = (runId: string) => `run ${runId}`;

  function runJobs(): Job[] {
    if (eventsDays === 0 || !deps.hasRoom()) return [];
    const store = deps.store();
    const now = clock.now();
    const missing = store.details
      .missing(now - eventsDays * daySeconds, batchSize + aside.count())
      .filter((runId) => !aside.has(runKey(runId)));
    const forBaseline = baseline.next(store, now);
    const runIds = new Set([...missing.slice(0, batchSize - forBaseline.length), ...forBaseline]);
    return [...runIds].map((runId) => ({
      key: runKey(runId),
      isOver: () => isReplaced(store) || !deps.hasRoom() || aside.has(runKey(runId)) || store.details.has(runId),
      fetch: async (options) => {
        baseline.drop(runId);
        const stored = await deps.fetchRun(runId, options);
        // The run that was asked for is still without its detail.
        if (stored !== runId) aside.add(runKey(runId));
      },
    }));
  }

  /** @returns whether it failed in a way that others may share. @throws what ends the work until after the next pass. */
  async function attempt({ key, fetch }: Job, signal: AbortSignal): Promise<boolean> {
    try {
      await fetch({ signal, priority, tries: 1 });
      return false;
    } catch (error) {
      const kind = error instanceof ApiError ? error.kind : undefined;
      // What says nothing of the thing itself is no reason to leave it alone.
      const isOfAll = kind === 'rate_limited' || kind === 'unauthorized' || error instanceof LostLeaseError;
      if (!signal.aborted && !isOfAll) aside.add(key);
      if (!(error instanceof ApiError) || error.stopsThePass) throw error;
      return kind !== 'not_found';
    } finally {
      sentAt = [...sentAt, clock.monotonic()].slice(-pace.requests);
    }
  }

  async function workOff(jobs: readonly Job[], stop: AbortSignal, signal: AbortSignal): Promise<boolean> {
    let failures = 0;
    for (const job of jobs) {
      if (job.isOver()) continue;
      const wait = waitMs(sentAt, clock.monotonic(), pace);
      if (wait > 0) await clock.sleep(wait, stop);
      stop.throwIfAborted();
      failures = (await attempt(job, signal)) ? failures + 1 : 0;
      if (failures >= maxFailures) return false;
    }
    return true;
  }

  /** Works until nothing is left, the API is in trouble, or told to end; what it fails at is told to the log alone. */
  async function catchUp({ signal, ending }: CatchUpOptions): Promise<void> {
    const stop = AbortSignal.any([signal, ending]);
    try {
      const scores = healthJobs();
      for (;;) {
        const jobs = [...scores.splice(0, batchSize), ...runJobs()];
        if (jobs.length === 0 && !baseline.isLooking()) return;
        if (jobs.length === 0) await clock.sleep(breathMs, stop);
        if (!(await workOff(jobs, stop, signal))) return;
      }
    } catch (error) {
      if (stop.aborted || error instanceof ApiError || error instanceof LostLeaseError) return;
      const message = `run details can't be mirrored: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`;
      if (message !== told) log.warn(message);
      told = message;
    }
  }

  return catchUp;
}
