import type { Worker } from 'node:worker_threads';
import type { Clock } from '../clock.ts';
import type { Surroundings } from '../config.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { packageRoot } from '../package-root.ts';
import {
  type FromSyncer,
  fromSyncer,
  type HomeState,
  type Passed,
  type ToSyncer,
  type Trouble,
  type Want,
} from './messages.ts';
import { retryPauseMs } from './schedule.ts';
import type { Progress } from './tally.ts';

/** How a sync that was asked for ended. */
export interface Synced {
  trouble?: Trouble | undefined;
  passed?: Passed | undefined;
}

export interface AskOptions {
  /** A pass that begins after this call, with its progress told; else one under way will do. */
  anew?: boolean;
  /** Aborting it tells the syncer that nobody waits for this any more. */
  signal: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** The syncer's thread, as the main thread sees it. */
export interface SyncerThread {
  /** Starts it, unless that was done; so does whatever is asked of it. */
  begin(): void;
  /** Whether it has, or never will. */
  isBegun(): boolean;
  /** Resolves once it has opened the mirror, or has failed to. */
  readonly opened: Promise<void>;
  /** Has the thread look whether the mirror's file is still there, and sound; `damaged` is the identity of one that is not. */
  look(damaged?: string): Promise<void>;
  /** Why it syncs nothing at the moment: it has died and is to be started anew, or can never run. */
  failure(): Trouble | undefined;
  /** Whether it never will again. */
  hasEnded(): boolean;
  /** Why it syncs nothing, and for a while after it was started anew what it died of. */
  ailment(): string | undefined;
  /** How far the pass under way has come; undefined: none is, or it has just begun. */
  progress(): Progress | undefined;
  /** @throws the signal's reason when it aborts first. */
  ask(want: Want, options: AskOptions): Promise<Synced>;
  /** Tells it that the server had an MCP call; one that has not begun assumes so by itself. */
  called(): void;
  /** Ends the thread; what it committed stays. */
  stop(): Promise<void>;
}

/**
 * Several times what the largest answer takes: at its worst, 400 MB for the 16 MiB that are read of one. V8 lets a heap that may grow beyond 2 GB quadruple before it looks for garbage,
 * and a backfill makes a hundred megabytes of it a second; one that may not it lets grow by four fifths.
 */
const resourceLimits = { maxOldGenerationSizeMb: 1536 };

/** A thread that has not ended by then is ended. */
const stopMs = 3000;

interface Waiting {
  resolve: (synced: Synced) => void;
  onProgress: ((progress: Progress) => void) | undefined;
}

/** One that has run for so long is well: the next time that it dies it is started anew at once. */
const wellMs = 600_000;

/** So long answers tell that the thread died. */
const tellMs = 60_000;

export interface SyncerThreadDeps {
  clock: Clock;
  log: Log;
  /** Begins a thread; the syncer's, unless given. @throws when the system has no room for one. */
  newThread?: ((surroundings: Surroundings) => Worker) | undefined;
}

export interface SyncerThreadEvents {
  /** It begins now, and will open the mirror's file: nobody else in this process may have it open meanwhile. */
  onBegin(): void;
  /** Hears where the mirror is, and whether to open it anew. */
  onHome(state: HomeState, isReopened: boolean): void;
}

function newSyncer(surroundings: Surroundings): Worker {
  // No earlier: what answers the first questions does not wait for this part of Node.
  const threads = process.getBuiltinModule('node:worker_threads');
  return new threads.Worker(new URL('dist/worker.js', packageRoot), { workerData: surroundings, resourceLimits });
}

const clockTime = (seconds: number) => new Date(seconds * 1000).toISOString().slice(11, 19);

/**
 * The thread, with the poller in it:
 *
 *     not begun -> running -> (it dies) down -> (a pause, longer each time) running -> ...
 *                          -> (its settings are wrong, or it was stopped) ended
 */
export function createSyncerThread(
  surroundings: Surroundings,
  { onBegin, onHome }: SyncerThreadEvents,
  { clock, log, newThread = newSyncer }: SyncerThreadDeps,
): SyncerThread {
  let worker: Worker | undefined;
  let exited = Promise.resolve();
  const waiting = new Map<number, Waiting>();
  let lastAsk = 0;
  let progress: Progress | undefined;
  let failure: Trouble | undefined;
  let died: { what: string; at: number } | undefined;
  /** Deaths, each soon after the one before; and when the thread was last begun. */
  let deaths = 0;
  let begunAt = 0;
  const stopped = new AbortController();
  let resolveOpened = () => {};
  let opened = newOpened();

  function newOpened(): Promise<void> {
    return new Promise((resolve) => {
      resolveOpened = resolve;
    });
  }

  /** Nothing is synced until the thread runs again, if it ever does. */
  function fail(trouble: Trouble): void {
    failure = trouble;
    progress = undefined;
    resolveOpened();
    for (const { resolve } of waiting.values()) resolve({ trouble });
    waiting.clear();
  }

  function end(trouble: Trouble): void {
    stopped.abort();
    fail(failure ?? trouble);
  }

  const stoppedTrouble = (): Trouble => ({ kind: 'bug', message: 'the syncer has ended' });

  /** The thread is no more, or of no use. Unless it was to stop, another takes its place. */
  function die({ kind, message }: Trouble): void {
    if (stopped.signal.aborted) {
      end(stoppedTrouble());
      return;
    }
    void worker?.terminate();
    worker = undefined;
    if (clock.monotonic() - begunAt >= wellMs) deaths = 0;
    deaths += 1;
    const pauseMs = retryPauseMs(deaths);
    const what = `${/[.?!]$/.test(message) ? message : `${message}.`} The syncer`;
    died = { what: `${what} was started anew.`, at: clock.monotonic() };
    fail({ kind, message: `${what} is started anew at ${clockTime(clock.now() + pauseMs / 1000)} UTC.` });
    log.warn(failure?.message ?? message);
    clock.sleep(pauseMs, stopped.signal).then(start, () => {});
  }

  function hear(message: FromSyncer): void {
    if (message.say === 'failed') (message.isFinal ? end : die)(message.trouble);
    else if (message.say === 'progress') {
      progress = message;
      // Who waits for the pass under way to end, before one anew, hears of that.
      if (message.ask === undefined) for (const { onProgress } of waiting.values()) onProgress?.(message);
      else waiting.get(message.ask)?.onProgress?.(message);
    } else if (message.say === 'synced') {
      const { ask, trouble, passed } = message;
      waiting.get(ask)?.resolve({ trouble, passed });
      waiting.delete(ask);
    } else {
      failure = undefined;
      onHome(message.state, message.isReopened);
      resolveOpened();
    }
  }

  function start(): void {
    // Whoever waits for the first one hears of its death; this is for who comes later.
    if (failure) opened = newOpened();
    begunAt = clock.monotonic();
    onBegin();
    let begun: Worker;
    try {
      begun = newThread(surroundings);
    } catch (error) {
      die({ kind: 'bug', message: `The syncer can't begin: ${messageOf(error)}` });
      return;
    }
    worker = begun;
    const isLatest = () => worker === begun;
    begun.on('message', (message: unknown) => {
      if (isLatest()) hear(fromSyncer.parse(message));
    });
    begun.on('error', (error) => {
      if (isLatest()) die({ kind: 'bug', message: `The syncer failed: ${messageOf(error)}` });
    });
    exited = new Promise((resolve) => {
      begun.once('exit', (code) => {
        if (isLatest()) die({ kind: 'bug', message: `The syncer ended (exit code ${code})` });
        resolve();
      });
    });
  }

  function begin(): void {
    if (!worker && !failure) start();
  }

  function tell(message: ToSyncer): void {
    begin();
    worker?.postMessage(message);
  }

  return {
    begin,
    isBegun: () => worker !== undefined || failure !== undefined,
    get opened() {
      return opened;
    },
    look: (damaged) => {
      if (failure) return Promise.resolve();
      lastAsk += 1;
      const ask = lastAsk;
      return new Promise((resolve) => {
        waiting.set(ask, { resolve: () => resolve(), onProgress: undefined });
        tell({ say: 'look', ask, damaged });
      });
    },
    failure: () => failure,
    hasEnded: () => stopped.signal.aborted && failure !== undefined,
    ailment: () => failure?.message ?? (died && clock.monotonic() - died.at < tellMs ? died.what : undefined),
    progress: () => progress,
    called: () => {
      if (worker) tell({ say: 'called' });
    },
    ask: (want, { anew = false, signal, onProgress }) => {
      if (failure) return Promise.resolve({ trouble: failure });
      lastAsk += 1;
      const ask = lastAsk;
      return new Promise((resolve, reject) => {
        const leave = () => {
          waiting.delete(ask);
          tell({ say: 'leave', ask });
          reject(signal.reason);
        };
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        signal.addEventListener('abort', leave, { once: true });
        const settle = (synced: Synced) => {
          signal.removeEventListener('abort', leave);
          resolve(synced);
        };
        waiting.set(ask, { resolve: settle, onProgress });
        tell({ say: 'sync', ask, want, anew });
      });
    },
    stop: async () => {
      stopped.abort();
      // One that does not run never will again.
      if (worker) tell({ say: 'stop' });
      else end(stoppedTrouble());
      const timer = setTimeout(() => void worker?.terminate(), stopMs);
      await exited;
      clearTimeout(timer);
    },
  };
}
