import { hostname } from 'node:os';
import { type Client, createClient, type GetOptions } from '../api/client.ts';
import { getHealthScore } from '../api/pages.ts';
import { goodRows, isBad } from '../api/rows.ts';
import type { Config } from '../config.ts';
import { daySeconds } from '../days.ts';
import { lockFault } from '../db/faults.ts';
import { lockWaitMs } from '../db/transactions.ts';
import { type ApiError, LostLeaseError, messageOf } from '../errors.ts';
import { eventRow, getRunDetail, unreadEventRow } from '../lists/run-detail.ts';
import { runRow } from '../lists/runs.ts';
import { runSignalRow } from '../lists/signals.ts';
import type { Holder } from '../mirror/lease.ts';
import { createFencedStore, type Store } from '../mirror/store.ts';
import { type Outage, outageOf, outageRow, probe } from './circuit.ts';
import { noteClock, skewIn } from './clock-note.ts';
import { type CatchUpOptions, createDetailsLane } from './details.ts';
import { openHome } from './home.ts';
import { unique } from './lists.ts';
import { runPass } from './pass.ts';
import type { PassDeps, PassSummary } from './pass-state.ts';
import type { HomeDeps } from './place.ts';
import { prune } from './prune.ts';
import { roomOf, whyFull } from './quota.ts';
import { createSharedBudget } from './shared-budget.ts';
import { createSharedPass, type JoinOptions, type SharedOptions } from './shared-pass.ts';

export interface SyncerDeps extends HomeDeps {
  random: () => number;
}

/** How often it is looked whether a lock is gone. */
const lockLookMs = 100;

/** How much older the file may take the last call for than it is. */
const callMs = 60_000;

/** What brings the mirror up to date: the client, the writing connection, and the passes over them. */
export interface Syncer {
  readonly file: string;
  readonly client: Client;
  /** A pass over all agents; a second call joins the one under way. */
  fleet(options?: JoinOptions): Promise<PassSummary>;
  /** A pass over one agent; a second call for it joins the one under way. */
  agent(agentId: string, options?: JoinOptions): Promise<PassSummary>;
  /** Fetches one run's detail. @throws ApiError of kind not_found for a run that the API does not know. */
  run(runId: string, options?: { signal?: AbortSignal | undefined; priority?: number }): Promise<void>;
  /** Fetches what passes leave out, with low priority, until nothing is left or told to end. */
  catchUp(options: CatchUpOptions): Promise<void>;
  /** Asks whether the API is up again. @returns what it still fails with. */
  probe(signal: AbortSignal): Promise<ApiError | undefined>;
  /** The failures in a row that any process on the file had lately. */
  outage(): Outage | undefined;
  /** Tells them all; undefined: the API has answered. @throws LostLeaseError */
  saveOutage(outage: Outage | undefined): void;
  /** A server of this process had an MCP call, or was started. */
  noteCall(): void;
  /** Milliseconds since any process on the file had one. */
  sinceCall(): number;
  /** Looks whether the mirror's file is still what was opened, as every pass does; `damaged` is one that a reader found so. */
  look(damaged?: string): void;
  /** Waits, once and for a few seconds, while another process keeps the file locked. @throws MirrorError that tells whose. */
  awaitLock(signal: AbortSignal): Promise<void>;
  takeLease(seconds: number): boolean;
  releaseLease(): void;
  close(): Promise<void>;
}

/**
 * Opens the mirror for writing and makes ready to sync it.
 * @throws MirrorError when the file can't be used.
 */
export function openSyncer(config: Config, deps: SyncerDeps): Syncer {
  const { clock, log } = deps;
  const keepSeconds = config.keepDays * daySeconds;
  const who: Holder = { holder: crypto.randomUUID(), pid: process.pid, host: hostname() };
  const home = openHome(config, deps);
  const { requestsPerMinute } = config;
  const budget = createSharedBudget({ store: home.store, clock, requestsPerMinute });
  const asked = createClient(config, { ...deps, budget });
  /** The mirrors that are known to be this key's. */
  const bound = new WeakSet<Store>();

  /** Each answer but that of /health, which takes any key, shows that the API accepts this one: the mirror is its from then on. */
  const client: Client = {
    ...asked,
    get: async (path, params, options) => {
      const answer = await asked.get(path, params, options);
      const used = home.store();
      if (path !== '/health' && !bound.has(used)) {
        used.bindKey(config);
        bound.add(used);
      }
      return answer;
    },
  };
  let hasLease = false;

  /** For each store, the same that only the holder of the lease may write. */
  const fences = new WeakMap<Store, Store>();

  function fencedOf(store: Store): Store {
    const fenced = fences.get(store) ?? createFencedStore(store, who);
    fences.set(store, fenced);
    return fenced;
  }

  /** Rows are dated by the server's clock, and passes by ours: what is counted from one to the other takes in how far they are apart. */
  function passDeps(store: Store): PassDeps {
    const skew = skewIn(store);
    return {
      client,
      store,
      clock,
      log,
      settleSeconds: config.settleSeconds - skew,
      concurrency: config.concurrency,
      fullSyncSeconds: config.fullSyncHours * 3600,
      keepSeconds: keptSeconds(skew),
      maxBytes: config.maxBytes,
    };
  }

  /** From our now back; 0: all of it is kept. */
  const keptSeconds = (skew: number) => (keepSeconds > 0 ? Math.max(1, keepSeconds - skew) : 0);

  /** Fetches a run's detail into the mirror. `isPartial`: its signals are to come with the agent's list. */
  async function fetchDetail(runId: string, options: GetOptions, isFenced: boolean) {
    const full = whyFull(home.store().usedBytes(), config.maxBytes);
    if (full) throw full;
    const detail = await getRunDetail(client, runId, options);
    const row = runRow(detail.run);
    const agentId = detail.run.row.agent_id;
    const events = detail.events.map((event) => (isBad(event) ? unreadEventRow(event) : eventRow(event)));
    const sent = goodRows(detail.signals).map((signal) => runSignalRow(signal, row.runId));
    const signals = unique(sent, ({ id }) => id);
    const isPartial = await home.run(async (store) =>
      (isFenced ? fencedOf(store) : store).write(() => {
        const agent = store.agents.ensure(agentId);
        const stepCount = events.reduce((highest, event) => Math.max(highest, event.stepIndex ?? 0), 0);
        const id = store.runs.putDetail({ ...row, stepCount, extra: null }, agent, clock.now());
        store.runEvents.put(id, events);
        const known = store.signals.lookup(signals);
        const unknown = signals.filter((signal) => !known.get(signal.id)?.isSame);
        // The agent's lists can't be read (an id with a slash), or not that far down: the detail is all there is.
        const isLost = store.syncState.read(agent, 'signals').errorKind === 'not_found';
        const keepFrom = keepSeconds > 0 ? clock.now() - keptSeconds(skewIn(store)) : 0;
        const unlisted = unknown.filter(({ detectedAt }) => isLost || detectedAt < keepFrom);
        const stamp = { agent, pass: null };
        for (const signal of unlisted) {
          store.signals.put({ ...signal, agentVersion: row.agentVersion }, known.get(signal.id), stamp);
        }
        return unlisted.length < unknown.length;
      }),
    );
    return { runId: row.runId, agentId, isPartial };
  }

  async function fetchRun(runId: string, options: { signal?: AbortSignal | undefined; priority?: number } = {}) {
    const { agentId, isPartial } = await fetchDetail(runId, options, false);
    if (isPartial) await agent(agentId, options);
  }

  const fetching = new Map<string, Promise<void>>();

  /** Who asks for a run that is being fetched waits for the same answer. */
  const run: Syncer['run'] = (runId, options) => {
    const running = fetching.get(runId) ?? fetchRun(runId, options).finally(() => fetching.delete(runId));
    fetching.set(runId, running);
    return running;
  };

  const pass = ({ isFenced = false, ...options }: SharedOptions) =>
    home.run(async (store) => {
      const summary = await runPass(passDeps(isFenced ? fencedOf(store) : store), options);
      noteClock(store, client.clockSkew());
      return summary;
    });
  const joinFleet = createSharedPass(pass);

  const fleet: Syncer['fleet'] = async (options = {}) => {
    for (;;) {
      try {
        const summary = await joinFleet(options);
        home.runNow((store) => {
          if (store.apiState.read()?.failures) store.apiState.save(outageRow(undefined));
          if (options.isFenced) store.checkpoint();
        });
        return summary;
      } catch (error) {
        // The poller's pass, which somebody joined who may write without the lease: it begins anew for them.
        if (!(error instanceof LostLeaseError) || options.isFenced) throw error;
      }
    }
  };

  const agentPasses = new Map<string, { join: typeof joinFleet; members: number }>();

  const agent: Syncer['agent'] = async (agentId, options) => {
    const known = agentPasses.get(agentId);
    const shared = known ?? { join: createSharedPass((passOptions) => pass({ ...passOptions, agentId })), members: 0 };
    if (!known) agentPasses.set(agentId, shared);
    shared.members += 1;
    try {
      return await shared.join(options);
    } finally {
      shared.members -= 1;
      if (shared.members === 0) agentPasses.delete(agentId);
    }
  };

  const fetchDetails = createDetailsLane({
    store: () => fencedOf(home.store()),
    clock,
    log,
    requestsPerMinute,
    eventsDays: config.eventsDays,
    hasRoom: () => roomOf(home.store().usedBytes(), config.maxBytes) === 'all',
    fetchRun: async (runId, options) => (await fetchDetail(runId, options, true)).runId,
    fetchHealth: (agentId, options) => getHealthScore(client, agentId, options),
  });

  async function catchUp(options: CatchUpOptions): Promise<void> {
    try {
      const ending = AbortSignal.any([options.signal, options.ending]);
      await home.run((store) =>
        prune({ store: fencedOf(store), clock, keepSeconds: keptSeconds(skewIn(store)) }, ending),
      );
    } catch (error) {
      if (error instanceof LostLeaseError) return;
      log.warn(`old rows can't be removed (${messageOf(error)}); it is tried again after the next pass`);
    }
    await fetchDetails(options);
  }

  /** Since the call that the file tells of; one later than now was had before the host started anew. */
  function sinceCall(): number {
    const calledAt = home.runNow((store) => store.apiState.read()?.calledAt);
    const ms = clock.monotonic() - (calledAt ?? Number.NEGATIVE_INFINITY);
    return ms < 0 ? Number.POSITIVE_INFINITY : ms;
  }

  /** Told to the file once a minute: that is near enough for what waits ten. It waits for nobody. */
  function noteCall(): void {
    if (sinceCall() < callMs) return;
    if (!isLocked()) home.runNow((store) => store.apiState.save({ calledAt: clock.monotonic() }));
  }

  /** A file that is gone or refused is seen to by who writes. */
  function isLocked(): boolean {
    try {
      return home.store().isLocked();
    } catch {
      return false;
    }
  }

  async function awaitLock(signal: AbortSignal): Promise<void> {
    const until = clock.monotonic() + lockWaitMs;
    while (isLocked()) {
      if (clock.monotonic() >= until) throw lockFault(home.store().file);
      await clock.sleep(lockLookMs, signal);
    }
  }

  return {
    file: config.dbFile,
    client,
    fleet,
    agent,
    run,
    catchUp,
    probe: (signal) => probe(client, signal),
    outage: () =>
      outageOf(
        home.runNow((store) => store.apiState.read()),
        clock.now(),
      ),
    saveOutage: (outage) => home.runNow((store) => fencedOf(store).write(() => store.apiState.save(outageRow(outage)))),
    noteCall,
    sinceCall,
    look: home.look,
    awaitLock,
    takeLease: (seconds) => {
      hasLease = home.runNow((store) => store.lease.take(who, clock.now(), seconds));
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
