import type { Worker } from 'node:worker_threads';
import type { Surroundings } from '../config.ts';
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
  /** Resolves once it has opened the mirror, or that is known to be impossible. */
  readonly opened: Promise<void>;
  /** Has the thread look whether the mirror's file is still there, and sound; `damaged` is the identity of one that is not. */
  look(damaged?: string): Promise<void>;
  /** Why there will be no more syncs from this process. */
  failure(): Trouble | undefined;
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

export interface SyncerThreadEvents {
  /** It begins now, and will open the mirror's file: nobody else in this process may have it open meanwhile. */
  onBegin(): void;
  /** Hears where the mirror is, and whether to open it anew. */
  onHome(state: HomeState, isReopened: boolean): void;
}

/** The thread, with the poller in it. */
export function createSyncerThread(surroundings: Surroundings, { onBegin, onHome }: SyncerThreadEvents): SyncerThread {
  let worker: Worker | undefined;
  let exited = Promise.resolve();
  const waiting = new Map<number, Waiting>();
  let lastAsk = 0;
  let progress: Progress | undefined;
  let failure: Trouble | undefined;
  let resolveOpened = () => {};
  const opened = new Promise<void>((resolve) => {
    resolveOpened = resolve;
  });

  function fail(trouble: Trouble): void {
    failure ??= trouble;
    resolveOpened();
    for (const { resolve } of waiting.values()) resolve({ trouble });
    waiting.clear();
  }

  function hear(message: FromSyncer): void {
    if (message.say === 'failed') fail(message.trouble);
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
      onHome(message.state, message.isReopened);
      resolveOpened();
    }
  }

  const end = () => fail({ kind: 'bug', message: 'the syncer has ended' });

  function begin(): void {
    if (worker || failure) return;
    onBegin();
    // No earlier: what answers the first questions does not wait for this part of Node.
    const threads = process.getBuiltinModule('node:worker_threads');
    const begun = new threads.Worker(new URL('dist/worker.js', packageRoot), {
      workerData: surroundings,
      resourceLimits,
    });
    begun.on('message', (message: unknown) => hear(fromSyncer.parse(message)));
    begun.on('error', (error) => fail({ kind: 'bug', message: `the syncer failed: ${error.message}` }));
    exited = new Promise((resolve) => {
      begun.once('exit', () => {
        end();
        resolve();
      });
    });
    worker = begun;
  }

  function tell(message: ToSyncer): void {
    begin();
    worker?.postMessage(message);
  }

  return {
    begin,
    isBegun: () => worker !== undefined || failure !== undefined,
    opened,
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
      // One that has not begun never will.
      if (worker) tell({ say: 'stop' });
      else end();
      const timer = setTimeout(() => void worker?.terminate(), stopMs);
      await exited;
      clearTimeout(timer);
    },
  };
}
