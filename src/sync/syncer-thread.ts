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

/** How a requested sync ended. */
export interface Synced {
  trouble?: Trouble | undefined;
  passed?: Passed | undefined;
}

export interface AskOptions {
  /** Asks for a pass that begins after this call and reports its progress; without it, a running pass will do. */
  newPass?: boolean;
  /** Aborting it tells the syncer that no question waits for this any more. */
  signal: AbortSignal;
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** The syncer's thread, as the main thread sees it. */
export interface SyncerThread {
  /** Starts the thread, unless it has started; every request to it does so, too. */
  begin(): void;
  /** Whether it has started, or never will. */
  isBegun(): boolean;
  /** Resolves once it has opened the mirror, or has failed to. */
  readonly opened: Promise<void>;
  /**
   * Makes the thread check whether the mirror's file is still there, and sound; `damaged` is the identity of a file
   * that is not.
   */
  look(damaged?: string): Promise<void>;
  /** Why it syncs nothing at the moment: it died and will start again, or can never run. */
  failure(): Trouble | undefined;
  /** Whether it will never sync again. */
  hasEnded(): boolean;
  /** Why it syncs nothing, and for a while after a restart what it died of. */
  ailment(): string | undefined;
  /** The progress of the running pass; undefined: there is none, or it has just started. */
  progress(): Progress | undefined;
  /** @throws the signal's reason when it aborts first. */
  ask(want: Want, options: AskOptions): Promise<Synced>;
  /** Reports to the thread that the server had an MCP call; a thread that has not started yet assumes so by itself. */
  called(): void;
  /** Ends the thread; what it committed stays. */
  stop(): Promise<void>;
}

/**
 * Several times what the largest answer takes: at worst, 400 MB for an answer of 16 MiB, the most that we read. V8 lets
 * a heap that may grow beyond 2 GB quadruple before it collects garbage, and a backfill makes a hundred megabytes of it
 * a second; with this limit, V8 lets the heap grow only by four fifths.
 */
const resourceLimits = { maxOldGenerationSizeMb: 1536 };

/** How long (in milliseconds) a thread may take to end before we terminate it. */
const stopMs = 3000;

/** A thread that has run for this long (in milliseconds) is healthy: if it dies after that, it restarts at once. */
const wellMs = 600_000;

/** How long (in milliseconds) answers mention that the thread died. */
const tellMs = 60_000;

export interface SyncerThreadDeps {
  clock: Clock;
  log: Log;
  /** Starts a thread; the syncer's, unless given. @throws when the system has no room for one. */
  newThread?: ((surroundings: Surroundings) => Worker) | undefined;
}

export interface SyncerThreadEvents {
  /**
   * The thread starts now, and will open the mirror's file: nothing else in this process may have it open meanwhile.
   */
  onBegin(): void;
  /** Receives where the mirror is, and whether to open it again. */
  onHome(state: HomeState, isReopened: boolean): void;
}

function newSyncer(surroundings: Surroundings): Worker {
  // Not loaded earlier: the first answers need not wait for this part of Node.
  const threads = process.getBuiltinModule('node:worker_threads');
  return new threads.Worker(new URL('dist/worker.js', packageRoot), { workerData: surroundings, resourceLimits });
}

const clockTime = (seconds: number) => new Date(seconds * 1000).toISOString().slice(11, 19);

interface Thread extends SyncerThreadEvents, SyncerThreadDeps {
  surroundings: Surroundings;
  worker?: Worker | undefined;
  exited?: Promise<void>;
  opened: PromiseWithResolvers<void>;
  waiting: Map<number, { resolve: (synced: Synced) => void; onProgress: AskOptions['onProgress'] }>;
  lastAsk: number;
  progress?: Progress | undefined;
  /** Set until the next worker has opened the mirror. */
  failure?: Trouble | undefined;
  died?: { what: string; at: number };
  /** Deaths, each soon after the one before; and when the thread last started. */
  deaths: number;
  begunAt: number;
  stopped: AbortController;
}

/**
 * The thread, with the poller in it:
 *
 *     not started -> running -> (it dies) down -> (a pause, longer each time) running -> ...
 *                            -> (its settings are wrong, or it was stopped) ended
 */
export function createSyncerThread(
  surroundings: Surroundings,
  events: SyncerThreadEvents,
  deps: SyncerThreadDeps,
): SyncerThread {
  const thread: Thread = {
    ...events,
    ...deps,
    surroundings,
    opened: Promise.withResolvers(),
    waiting: new Map(),
    lastAsk: 0,
    deaths: 0,
    begunAt: 0,
    stopped: new AbortController(),
  };
  return {
    begin: () => begin(thread),
    isBegun: () => thread.worker !== undefined || thread.failure !== undefined,
    get opened() {
      return thread.opened.promise;
    },
    look: (damaged) => look(thread, damaged),
    failure: () => thread.failure,
    hasEnded: () => thread.stopped.signal.aborted && thread.failure !== undefined,
    ailment: () => ailment(thread),
    progress: () => thread.progress,
    called: () => thread.worker?.postMessage({ say: 'called' } satisfies ToSyncer),
    ask: (want, options) => ask(thread, want, options),
    stop: () => stop(thread),
  };
}

function begin(thread: Thread): void {
  if (!thread.worker && !thread.failure) start(thread);
}

function start(thread: Thread): void {
  // Callers that wait for the first opening get the death; this one is for later callers.
  if (thread.failure) thread.opened = Promise.withResolvers();
  thread.begunAt = thread.clock.monotonic();
  thread.onBegin();
  let worker: Worker;
  try {
    worker = (thread.newThread ?? newSyncer)(thread.surroundings);
  } catch (error) {
    die(thread, bug(`The syncer can't start: ${messageOf(error)}`), error);
    return;
  }
  thread.worker = worker;
  const isLatest = () => thread.worker === worker;
  worker.on('message', (message: unknown) => {
    if (isLatest()) receive(thread, fromSyncer.parse(message));
  });
  worker.on('error', (error) => {
    if (isLatest()) die(thread, bug(`The syncer failed: ${messageOf(error)}`), error);
  });
  thread.exited = new Promise((resolve) => {
    worker.once('exit', (code) => {
      if (isLatest()) die(thread, bug(`The syncer ended (exit code ${code})`));
      resolve();
    });
  });
}

const bug = (message: string): Trouble => ({ kind: 'bug', message });

function receive(thread: Thread, message: FromSyncer): void {
  const { waiting } = thread;
  if (message.say === 'failed') {
    const { isFinal, trouble } = message;
    if (isFinal) end(thread, trouble);
    else die(thread, trouble, trouble.message);
  } else if (message.say === 'progress') {
    thread.progress = message;
    // A caller that waits for the running pass to end before its own begins gets its progress, too.
    if (message.ask === undefined) for (const { onProgress } of waiting.values()) onProgress?.(message);
    else waiting.get(message.ask)?.onProgress?.(message);
  } else if (message.say === 'synced') {
    const { ask, trouble, passed } = message;
    waiting.get(ask)?.resolve({ trouble, passed });
    waiting.delete(ask);
  } else {
    thread.failure = undefined;
    thread.onHome(message.state, message.isReopened);
    thread.opened.resolve();
  }
}

/** The thread is gone, or useless. Another one replaces it, unless it had to stop. `error`: what the trouble quotes. */
function die(thread: Thread, { kind, message }: Trouble, error?: unknown): void {
  const { clock, stopped } = thread;
  if (stopped.signal.aborted) {
    end(thread);
    return;
  }
  void thread.worker?.terminate();
  thread.worker = undefined;
  if (clock.monotonic() - thread.begunAt >= wellMs) thread.deaths = 0;
  thread.deaths += 1;
  const pauseMs = retryPauseMs(thread.deaths);
  const what = `${/[.?!]$/.test(message) ? message : `${message}.`} The syncer`;
  thread.died = { what: `${what} was restarted.`, at: clock.monotonic() };
  const failure = `${what} restarts at ${clockTime(clock.now() + pauseMs / 1000)} UTC.`;
  fail(thread, { kind, message: failure });
  thread.log.warn(failure, error);
  thread.log.event?.('syncer_died', { error: kind, deaths: thread.deaths, restarts_in_ms: pauseMs });
  const restart = () => start(thread);
  clock.sleep(pauseMs, stopped.signal).then(restart, () => {});
}

function end(thread: Thread, trouble: Trouble = bug('the syncer has ended')): void {
  thread.stopped.abort();
  fail(thread, thread.failure ?? trouble);
}

/** Nothing syncs until the thread runs again, if it ever does. */
function fail(thread: Thread, trouble: Trouble): void {
  const { waiting, opened } = thread;
  thread.failure = trouble;
  thread.progress = undefined;
  opened.resolve();
  for (const { resolve } of waiting.values()) resolve({ trouble });
  waiting.clear();
}

function ailment({ failure, died, clock }: Thread): string | undefined {
  return failure?.message ?? (died && clock.monotonic() - died.at < tellMs ? died.what : undefined);
}

function send(thread: Thread, message: ToSyncer): void {
  begin(thread);
  thread.worker?.postMessage(message);
}

function expectAnswer(thread: Thread, onProgress?: AskOptions['onProgress']) {
  thread.lastAsk += 1;
  const { promise, resolve, reject } = Promise.withResolvers<Synced>();
  thread.waiting.set(thread.lastAsk, { resolve, onProgress });
  return { ask: thread.lastAsk, promise, reject };
}

async function look(thread: Thread, damaged?: string): Promise<void> {
  if (thread.failure) return;
  const { ask, promise } = expectAnswer(thread);
  send(thread, { say: 'look', ask, damaged });
  await promise;
}

async function ask(thread: Thread, want: Want, { newPass = false, signal, onProgress }: AskOptions): Promise<Synced> {
  if (thread.failure) return { trouble: thread.failure };
  signal.throwIfAborted();
  const { ask, promise, reject } = expectAnswer(thread, onProgress);
  const leave = () => {
    thread.waiting.delete(ask);
    send(thread, { say: 'leave', ask });
    reject(signal.reason);
  };
  signal.addEventListener('abort', leave, { once: true });
  send(thread, { say: 'sync', ask, want, newPass });
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

async function stop(thread: Thread): Promise<void> {
  thread.stopped.abort();
  // A thread that does not run will never run again.
  if (thread.worker) send(thread, { say: 'stop' });
  else end(thread);
  const timer = setTimeout(() => void thread.worker?.terminate(), stopMs);
  await thread.exited;
  clearTimeout(timer);
}
