import { type Pace, waitMs } from '../api/budget.ts';
import type { GetOptions } from '../api/client.ts';
import type { Clock } from '../clock.ts';
import { daySeconds } from '../days.ts';
import { ApiError, LostLeaseError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Store } from '../mirror/store.ts';
import { createBaseline } from './details-baseline.ts';
import { batchSize, paceOf } from './details-plan.ts';
import { createBackoff } from './failure-backoff.ts';

export interface DetailsDeps {
  store: () => Store;
  clock: Clock;
  log: Log;
  requestsPerMinute: number;
  /** The lane fetches runs of this many days; 0: none, and no baseline either. */
  eventsDays: number;
  /** Whether the mirror has room for events. */
  hasRoom(): boolean;
  /** Fetches a run's detail into the mirror. @returns the id of the run that the API sent. */
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
  /** The job's key in the backoff. */
  key: string;
  /** Whether the job has become unnecessary. */
  isOver(): boolean;
  fetch(options: GetOptions): Promise<void>;
}

/** Passes, and requests of a waiting user, go first. */
const priority = -10;
const healthSeconds = 3600;
/** How long to wait before asking again: a newer backend, with the endpoint for health scores, may replace this one. */
const noHealthMs = 3_600_000;
/** This many failures in a row mean that the API is in trouble: the lane waits for the next pass. */
const maxFailures = 3;
/** The pause between two looks that find nothing, so that other work gets the thread. */
const breathMs = 5;

interface Lane extends DetailsDeps {
  pace: Pace;
  baseline: ReturnType<typeof createBaseline>;
  backoff: ReturnType<typeof createBackoff>;
  /** When the latest requests ended: a request that left the queue late must not count too early. */
  sentAt: number[];
  noHealthUntil: number;
  lastWarning: string;
}

/**
 * The low-priority lane between passes, one request at a time. It fetches the server's own health scores, then the
 * details of runs: first those with signals, then the newest, and some from which we compute a health score's baseline.
 */
export function createDetailsLane(deps: DetailsDeps) {
  const [pace, baseline, backoff] = [paceOf(deps.requestsPerMinute), createBaseline(), createBackoff(deps.clock)];
  const lane: Lane = { ...deps, pace, baseline, backoff, sentAt: [], noHealthUntil: 0, lastWarning: '' };
  return (options: CatchUpOptions) => catchUp(lane, options);
}

/** Works until nothing is left, the API is in trouble, or a signal aborts; failures only go to the log. */
async function catchUp(lane: Lane, { signal, ending }: CatchUpOptions): Promise<void> {
  const stop = AbortSignal.any([signal, ending]);
  try {
    const scores = healthJobs(lane);
    for (;;) {
      const jobs = [...scores.splice(0, batchSize), ...runJobs(lane)];
      if (jobs.length === 0 && !lane.baseline.isLooking()) return;
      if (jobs.length === 0) await lane.clock.sleep(breathMs, stop);
      if (!(await workOff(lane, jobs, stop, signal))) return;
    }
  } catch (error) {
    if (stop.aborted || error instanceof ApiError || error instanceof LostLeaseError) return;
    const message = `run details can't be mirrored: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`;
    if (message !== lane.lastWarning) lane.log.warn(message, error);
    lane.lastWarning = message;
  }
}

/** A new file replaced a damaged one meanwhile: jobs planned on the old file are void. */
const isReplaced = (lane: Lane, store: Store) => store !== lane.store();

function healthJobs(lane: Lane): Job[] {
  const { clock, backoff } = lane;
  const store = lane.store();
  const isMissing = () => clock.monotonic() < lane.noHealthUntil;
  if (isMissing()) return [];
  return store.serverHealth.due(clock.now() - healthSeconds).map(({ agent, agentId }) => ({
    key: `health ${agentId}`,
    isOver: () => isMissing() || isReplaced(lane, store) || backoff.failedRecently(`health ${agentId}`),
    fetch: async (options) => {
      const body = await lane.fetchHealth(agentId, options).catch((error: unknown) => {
        if (error instanceof ApiError && error.kind === 'not_found')
          lane.noHealthUntil = clock.monotonic() + noHealthMs;
        throw error;
      });
      if (!isReplaced(lane, store)) store.write(() => store.serverHealth.put(agent, body, clock.now()));
    },
  }));
}

const runKey = (runId: string) => `run ${runId}`;

function runJobs(lane: Lane): Job[] {
  const { clock, backoff, baseline, eventsDays } = lane;
  if (eventsDays === 0 || !lane.hasRoom()) return [];
  const store = lane.store();
  const now = clock.now();
  const missing = store.details
    .missing(now - eventsDays * daySeconds, batchSize + backoff.count())
    .filter((runId) => !backoff.failedRecently(runKey(runId)));
  const forBaseline = baseline.next(store, now);
  const runIds = new Set([...missing.slice(0, batchSize - forBaseline.length), ...forBaseline]);
  return [...runIds].map((runId) => ({
    key: runKey(runId),
    isOver: () =>
      isReplaced(lane, store) || !lane.hasRoom() || backoff.failedRecently(runKey(runId)) || store.details.has(runId),
    fetch: async (options) => {
      baseline.drop(runId);
      const stored = await lane.fetchRun(runId, options);
      // The run that we requested still lacks its detail.
      if (stored !== runId) backoff.add(runKey(runId));
    },
  }));
}

/** @returns whether to go on; false: the API is in trouble. */
async function workOff(lane: Lane, jobs: readonly Job[], stop: AbortSignal, signal: AbortSignal): Promise<boolean> {
  const { clock, pace } = lane;
  let failures = 0;
  for (const job of jobs) {
    if (job.isOver()) continue;
    const wait = waitMs(lane.sentAt, clock.monotonic(), pace);
    if (wait > 0) await clock.sleep(wait, stop);
    stop.throwIfAborted();
    failures = (await attempt(lane, job, signal)) ? failures + 1 : 0;
    if (failures >= maxFailures) return false;
  }
  return true;
}

/**
 * @returns whether it failed in a way that other jobs may share. @throws errors that end the work until after the next
 * pass.
 */
async function attempt(lane: Lane, { key, fetch }: Job, signal: AbortSignal): Promise<boolean> {
  try {
    await fetch({ signal, priority, tries: 1 });
    return false;
  } catch (error) {
    const kind = error instanceof ApiError ? error.kind : undefined;
    // An error that says nothing about this job is no reason to back off from it.
    const isOfAll = kind === 'rate_limited' || kind === 'unauthorized' || error instanceof LostLeaseError;
    if (!signal.aborted && !isOfAll) lane.backoff.add(key);
    if (!(error instanceof ApiError) || error.stopsThePass) throw error;
    return kind !== 'not_found';
  } finally {
    lane.sentAt = [...lane.sentAt, lane.clock.monotonic()].slice(-lane.pace.requests);
  }
}
