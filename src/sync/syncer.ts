import { hostname } from 'node:os';
import { type Client, createClient, type GetOptions } from '../api/client.ts';
import { getHealthScore } from '../api/pages.ts';
import type { Config } from '../config.ts';
import { lockFault } from '../db/faults.ts';
import { lockWaitMs } from '../db/transactions.ts';
import { type ApiError, LostLeaseError, messageOf } from '../errors.ts';
import { type RecordListName, recordListsByName } from '../lists/records.ts';
import type { Log } from '../log.ts';
import type { Holder } from '../mirror/lease.ts';
import { createFencedStore, type Store } from '../mirror/store.ts';
import { followAgents } from './chosen-agents.ts';
import { type Outage, outageOf, outageRow, probe } from './circuit.ts';
import { noteClock, skewIn } from './clock-note.ts';
import { followContent } from './content.ts';
import { type CatchUpOptions, createDetailsLane } from './details.ts';
import { type Home, openHome } from './home.ts';
import { runPass } from './pass.ts';
import { loggedPass } from './pass-log.ts';
import type { PassSummary } from './pass-state.ts';
import type { HomeDeps } from './place.ts';
import { prune } from './prune.ts';
import { roomOf } from './quota.ts';
import { readRecords } from './records.ts';
import { type Fence, fetchDetail, keptSeconds, type RunDetailDeps } from './run-detail.ts';
import { createSharedBudget } from './shared-budget.ts';
import { createSharedPass, type JoinOptions, type SharedOptions } from './shared-pass.ts';

export interface SyncerDeps extends HomeDeps {
  random: () => number;
}

/** How often (in milliseconds) `awaitLock` checks whether the lock is gone. */
const lockLookMs = 100;

/** How much older (in milliseconds) the last call may appear in the file than it is. */
const callMs = 60_000;

/** What brings the mirror up to date: the client, the writing connection, and the passes over them. */
export interface Syncer {
  /** A pass over all agents; a second call joins the one under way. */
  fleet(options?: JoinOptions): Promise<PassSummary>;
  /** A pass over one agent; a second call for it joins the one under way. */
  agent(agentId: string, options?: JoinOptions): Promise<PassSummary>;
  /** Fetches one run's detail. @throws ApiError of kind not_found for a run that the API does not know. */
  run(runId: string, options?: { signal?: AbortSignal | undefined; priority?: number }): Promise<void>;
  /** Reads a list beside agents, runs and signals: an agent's, or (`owner` empty) the organisation's. @throws ApiError why it can't be read. */
  records(name: RecordListName, owner: string, options?: GetOptions): Promise<void>;
  /** Fetches what passes leave out, with low priority, until nothing is left or a signal aborts. */
  catchUp(options: CatchUpOptions): Promise<void>;
  /** Asks whether the API is up again. @returns the error if it still fails. */
  probe(signal: AbortSignal): Promise<ApiError | undefined>;
  /** The recent failures in a row of any process on the file. */
  outage(): Outage | undefined;
  /** Saves the outage for all processes; undefined: the API has answered. @throws LostLeaseError */
  saveOutage(outage: Outage | undefined): void;
  /** A server of this process had an MCP call, or was started. */
  noteCall(): void;
  /** Milliseconds since any process on the file had a call. */
  sinceCall(): number;
  /**
   * Checks, as every pass does, that the mirror's file is still the one we opened; `damaged` is a file that a reader
   * found damaged.
   */
  look(damaged?: string): void;
  /**
   * Waits, once and for a few seconds, while another process keeps the file locked.
   * @throws MirrorError that names the process.
   */
  awaitLock(signal: AbortSignal): Promise<void>;
  takeLease(seconds: number): boolean;
  releaseLease(): void;
  close(): Promise<void>;
}

type JoinPass = ReturnType<typeof createSharedPass>;

interface Syncing extends RunDetailDeps {
  config: Config;
  log: Log;
  /** The same store, but only the holder of the lease may write it. */
  fence: Fence;
  agentPasses: Map<string, { join: JoinPass; members: number }>;
  /** Runs whose detail we are fetching. */
  fetching: Map<string, Promise<void>>;
}

const neverAborted = new AbortController().signal;

const apiStateIn = (store: Store) => store.apiState.read();

/**
 * Opens the mirror for writing and prepares to sync it.
 * @throws MirrorError when the file is unusable.
 */
export function openSyncer(config: Config, deps: SyncerDeps): Syncer {
  const { clock, log } = deps;
  const { agents } = config;
  const home = openHome(config, deps);
  const budget = createSharedBudget({ store: home.store, clock, requestsPerMinute: config.requestsPerMinute });
  const client = bindingClient(createClient(config, { ...deps, budget }), home, config);
  const who: Holder = { holder: crypto.randomUUID(), pid: process.pid, host: hostname() };
  const fence = createFence(who);
  const syncing: Syncing = { config, clock, log, home, client, fence, agentPasses: new Map(), fetching: new Map() };
  let hasLease = false;
  const joinFleet = createSharedPass((options) => pass(syncing, options));
  const fetchDetails = createDetailsLane({
    store: () => fence(home.store()),
    clock,
    log,
    requestsPerMinute: config.requestsPerMinute,
    eventsDays: config.eventsDays,
    hasRoom: () => roomOf(home.store().usedBytes(), config.maxBytes) === 'all',
    fetchRun: async (runId, options) => (await fetchDetail(syncing, runId, options, fence)).runId,
    fetchHealth: (agentId, options) => getHealthScore(client, agentId, options),
  });
  return {
    fleet: (options = {}) => passFleet(home, joinFleet, options),
    agent: (agentId, options) => passAgent(syncing, agentId, options),
    run: (runId, options) => fetchShared(syncing, runId, options),
    records: async (name, owner, options = {}) => {
      const list = recordListsByName[name];
      await home.run((store) => readRecords({ ...deps, client, store, agents }, list, owner, options));
    },
    catchUp: async (options) => {
      await pruneOld(syncing, options);
      await fetchDetails(options);
    },
    probe: (signal) => probe(client, signal),
    outage: () => outageOf(home.runNow(apiStateIn), clock.now()),
    saveOutage: (outage) => home.runNow((store) => fence(store).write(() => store.apiState.save(outageRow(outage)))),
    noteCall: () => noteCall(syncing),
    sinceCall: () => sinceCall(syncing),
    look: home.look,
    awaitLock: (signal) => awaitLock(syncing, signal),
    takeLease: (seconds) => {
      // The time is that of the write: while this process waits for the file's lock, another one may renew its lease.
      hasLease = home.runNow((store) => store.write(() => store.lease.take(who, clock.now(), seconds)));
      return hasLease;
    },
    releaseLease: () => {
      if (hasLease) home.runNow((store) => store.lease.release(who));
    },
    close: async () => {
      home.close();
      await client.close();
    },
  };
}

/**
 * Any answer shows that the API accepts this key, except one from /health, which takes any key: it binds the mirror to
 * the key.
 */
function bindingClient(client: Client, home: Home, config: Config): Client {
  const bound = new WeakSet<Store>();
  return {
    ...client,
    get: async (path, params, options) => {
      const answer = await client.get(path, params, options);
      const used = home.store();
      if (path !== '/health' && !bound.has(used)) {
        used.bindKey(config);
        bound.add(used);
      }
      return answer;
    },
  };
}

function createFence(who: Holder): Fence {
  const fences = new WeakMap<Store, Store>();
  return (store) => {
    const fenced = fences.get(store) ?? createFencedStore(store, who);
    fences.set(store, fenced);
    return fenced;
  };
}

async function pass(syncing: Syncing, { isFenced = false, ...options }: SharedOptions): Promise<PassSummary> {
  const { config, home, client, clock, log, fence } = syncing;
  const { concurrency, maxBytes, agents } = config;
  return home.run(async (store) => {
    // Rows have the server's time, and passes ours: spans between them include the difference.
    const skew = skewIn(store);
    const spans = {
      settleSeconds: config.settleSeconds - skew,
      fullSyncSeconds: config.fullSyncHours * 3600,
      keepSeconds: keptSeconds(config.keepDays, skew),
    };
    const used = isFenced ? fence(store) : store;
    // The lists of one agent are read for somebody who waits.
    if (options.agentId === undefined) {
      const { signal = neverAborted } = options;
      await followContent({ store: used, clock, log, mode: config.content }, signal);
      await followAgents({ store: used, clock, log, agents }, signal);
    }
    const deps = { client, store: used, clock, log, agents, concurrency, maxBytes };
    const summary = await loggedPass(syncing, options.agentId, () => runPass({ ...deps, ...spans }, options));
    noteClock(store, client.clockSkew());
    return summary;
  });
}

async function passFleet(home: Home, join: JoinPass, options: JoinOptions): Promise<PassSummary> {
  for (;;) {
    try {
      const summary = await join(options);
      home.runNow((store) => {
        if (store.apiState.read()?.failures) store.apiState.save(outageRow(undefined));
        if (options.isFenced) store.checkpoint();
      });
      return summary;
    } catch (error) {
      // A caller that may write without the lease joined the poller's pass: another pass begins for it.
      if (!(error instanceof LostLeaseError) || options.isFenced) throw error;
    }
  }
}

async function passAgent(syncing: Syncing, agentId: string, options?: JoinOptions): Promise<PassSummary> {
  const { agentPasses } = syncing;
  const begin = () => createSharedPass((joined) => pass(syncing, { ...joined, agentId }));
  const shared = agentPasses.get(agentId) ?? { join: begin(), members: 0 };
  agentPasses.set(agentId, shared);
  shared.members += 1;
  try {
    return await shared.join(options);
  } finally {
    shared.members -= 1;
    if (shared.members === 0) agentPasses.delete(agentId);
  }
}

type RunOptions = Parameters<Syncer['run']>[1];

/** Calls for the same run share one fetch. */
function fetchShared(syncing: Syncing, runId: string, options: RunOptions): Promise<void> {
  const { fetching } = syncing;
  const running = fetching.get(runId) ?? fetchRun(syncing, runId, options).finally(() => fetching.delete(runId));
  fetching.set(runId, running);
  return running;
}

async function fetchRun(syncing: Syncing, runId: string, options: RunOptions = {}): Promise<void> {
  const { agentId, isPartial } = await fetchDetail(syncing, runId, options, (store) => store);
  if (isPartial) await passAgent(syncing, agentId, options);
}

async function pruneOld({ config, home, clock, log, fence }: Syncing, options: CatchUpOptions): Promise<void> {
  try {
    await home.run((store) => {
      const keepSeconds = keptSeconds(config.keepDays, skewIn(store));
      return prune({ store: fence(store), clock, keepSeconds }, AbortSignal.any([options.signal, options.ending]));
    });
  } catch (error) {
    if (error instanceof LostLeaseError) return;
    log.warn(`removing old rows failed (${messageOf(error)}); the next pass tries again`, error);
  }
}

/** Milliseconds since the call in the file; a call later than now was made before the host restarted. */
function sinceCall({ home, clock }: Pick<Syncing, 'home' | 'clock'>): number {
  const calledAt = home.runNow(apiStateIn)?.calledAt;
  const ms = clock.monotonic() - (calledAt ?? Number.NEGATIVE_INFINITY);
  return ms < 0 ? Number.POSITIVE_INFINITY : ms;
}

/**
 * Saves the call once a minute, which is exact enough for the ten minutes that depend on it. It does not wait for a
 * lock.
 */
function noteCall({ home, clock }: Syncing): void {
  if (sinceCall({ home, clock }) >= callMs && !isLocked(home))
    home.runNow((store) => store.apiState.save({ calledAt: clock.monotonic() }));
}

function isLocked(home: Home): boolean {
  try {
    return home.store().isLocked();
  } catch {
    // The next write handles a missing or refused file.
    return false;
  }
}

async function awaitLock({ home, clock }: Syncing, signal: AbortSignal): Promise<void> {
  const until = clock.monotonic() + lockWaitMs;
  while (isLocked(home)) {
    if (clock.monotonic() >= until) throw lockFault(home.store().file);
    await clock.sleep(lockLookMs, signal);
  }
}
