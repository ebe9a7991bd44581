import { hostname } from 'node:os';
import { type Client, createClient, type GetOptions } from '../api/client.ts';
import { getHealthScore, getRunDetail, goodRows } from '../api/pages.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { daySeconds } from '../days.ts';
import { type ApiError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { quarantine } from '../mirror/file.ts';
import type { Holder } from '../mirror/lease.ts';
import { isCorruption, type OpenedMirror, openMirror } from '../mirror/open.ts';
import { createStore, type Store } from '../mirror/store.ts';
import { type CatchUpOptions, createDetailsLane } from './details.ts';
import { type PassDeps, type PassOptions, type PassSummary, runPass } from './pass.ts';
import { prune } from './prune.ts';
import { eventRow, runRow, runSignalRow } from './rows.ts';
import { createSharedPass, type JoinOptions } from './shared-pass.ts';

export interface SyncerDeps {
  clock: Clock;
  log: Log;
  random: () => number;
  /** Called when the mirror file had to be begun anew under way: whoever reads it must open it again. */
  onReopened?: () => void;
  /** Called when the API's 429 holds every request for so many milliseconds. */
  onHeld?: (error: ApiError, ms: number) => void;
}

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
  const client = createClient(config, deps);
  const keepSeconds = config.keepDays * daySeconds;
  const who: Holder = { holder: crypto.randomUUID(), pid: process.pid, host: hostname() };
  let store = storeOf(openMirror(config.dbFile, config, clock));

  function storeOf({ mirror, warning }: OpenedMirror): Store {
    if (warning) log.warn(warning);
    return createStore(mirror);
  }

  const passDeps = (): PassDeps => ({
    client,
    store,
    clock,
    log,
    settleSeconds: config.settleSeconds,
    concurrency: config.concurrency,
    fullSyncSeconds: config.fullSyncHours * 3600,
    keepSeconds,
  });

  /** Runs `work`; if the file turns out to be damaged, moves it aside and runs it once more on a new one. */
  async function onSoundFile<Result>(work: () => Promise<Result>): Promise<Result> {
    const used = store;
    try {
      return await work();
    } catch (error) {
      if (!isCorruption(error)) throw error;
      if (store === used) {
        used.close();
        log.warn(
          `The mirror file ${used.file} is damaged. It was moved to ${quarantine(used.file, clock)}, and a new one is begun.`,
        );
        store = storeOf(openMirror(config.dbFile, config, clock));
        deps.onReopened?.();
      }
      return await work();
    }
  }

  /** Fetches a run's detail into the mirror. `isPartial`: its signals are to come with the agent's list. */
  async function fetchDetail(runId: string, options: GetOptions) {
    const detail = await getRunDetail(client, runId, options);
    const row = runRow(detail.run);
    const agentId = detail.run.row.agent_id;
    const events = goodRows(detail.events).map(eventRow);
    const signals = goodRows(detail.signals).map((signal) => runSignalRow(signal, row.runId));
    const isPartial = await onSoundFile(async () =>
      store.write(() => {
        const agent = store.agents.ensure(agentId);
        const stepCount = events.reduce((highest, event) => Math.max(highest, event.stepIndex ?? 0), 0);
        const id = store.runs.putDetail({ ...row, stepCount, extra: null }, agent, clock.now());
        store.runEvents.put(id, events);
        const known = store.signals.lookup(signals);
        const unknown = signals.filter((signal) => !known.get(signal.id)?.isSame);
        // The agent's lists can't be read (an id with a slash), or not that far down: the detail is all there is.
        const isLost = store.syncState.read(agent, 'signals').errorKind === 'not_found';
        const keepFrom = keepSeconds > 0 ? clock.now() - keepSeconds : 0;
        const unlisted = unknown.filter(({ detectedAt }) => isLost || detectedAt < keepFrom);
        const stamp = { agent, pass: null };
        for (const signal of unlisted) {
          store.signals.put({ ...signal, agentVersion: row.agentVersion }, known.get(signal.id), id, stamp);
        }
        return unlisted.length < unknown.length;
      }),
    );
    return { runId: row.runId, agentId, isPartial };
  }

  async function fetchRun(runId: string, options: { signal?: AbortSignal | undefined; priority?: number } = {}) {
    const { agentId, isPartial } = await fetchDetail(runId, options);
    if (isPartial) await agent(agentId, options);
  }

  const fetching = new Map<string, Promise<void>>();

  /** Who asks for a run that is being fetched waits for the same answer. */
  const run: Syncer['run'] = (runId, options) => {
    const running = fetching.get(runId) ?? fetchRun(runId, options).finally(() => fetching.delete(runId));
    fetching.set(runId, running);
    return running;
  };

  const pass = (options: PassOptions) => onSoundFile(() => runPass(passDeps(), options));
  const fleet = createSharedPass(pass);
  const agentPasses = new Map<string, { join: typeof fleet; members: number }>();

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
    store: () => store,
    clock,
    log,
    requestsPerMinute: config.requestsPerMinute,
    eventsDays: config.eventsDays,
    fetchRun: async (runId, options) => (await fetchDetail(runId, options)).runId,
    fetchHealth: (agentId, options) => getHealthScore(client, agentId, options),
  });

  async function catchUp(options: CatchUpOptions): Promise<void> {
    try {
      await onSoundFile(() => prune({ store, clock, keepSeconds }, AbortSignal.any([options.signal, options.ending])));
    } catch (error) {
      log.warn(`old rows can't be removed (${messageOf(error)}); it is tried again after the next pass`);
    }
    await fetchDetails(options);
  }

  return {
    file: config.dbFile,
    client,
    fleet,
    agent,
    run,
    catchUp,
    takeLease: (seconds) => store.lease.take(who, clock.now(), seconds),
    releaseLease: () => store.lease.release(who),
    close: async () => {
      store.close();
      await client.close();
    },
  };
}
