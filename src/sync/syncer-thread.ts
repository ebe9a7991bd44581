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
  /** A pass that begins after this call, and reports its progress; without it one under way will do. */
  anew?: boolean;
  /** Aborting it tells the syncer that nobody waits for this any more. */
  signal: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** The syncer's thread, as the main thread sees it. */
export interface SyncerThread {
  /** Starts it, unless it has begun; so does whatever is asked of it. */
  begin(): void;
  /** Whether it has, or never will. */
  isBegun(): boolean;
  /** Resolves once it has opened the mirror, or has failed to. */
  readonly opened: Promise<void>;
  /** Has the thread look whether the mirror's file is still there, and sound; `damaged` is the identity of one that is not. */
  look(damaged?: string): Promise<void>;
  /** Why it syncs nothing at the moment: it died and will start again, or can never run. */
  failure(): Trouble | undefined;
  /** Whether it never will again. */
  hasEnded(): boolean;
  /** Why it syncs nothing, and for a while after a restart what it died of. */
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

/** How long a thread may take to end before it is terminated. */
const stopMs = 3000;

/** One that has run for so long is well: the next time that it dies it starts again at once. */
const wellMs = 600_000;

/** How long answers mention that the thread died. */
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
  /** Receives where the mirror is, and whether to open it anew. */
  onHome(state: HomeState, isReopened: boolean): void;
}

function newSyncer(surroundings: Surroundings): Worker {
  // No earlier: what answers the first questions does not wait for this part of Node.
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
  /** Until the next worker has opened the mirror. */
  failure?: Trouble | undefined;
  died?: { what: string; at: number };
  /** Deaths, each soon after the one before; and when the thread last began. */
  deaths: number;
  begunAt: number;
  stopped: AbortController;
}

/**
 * The thread, with the poller in it:
 *
 *     not begun -> running -> (it dies) down -> (a pause, longer each time) running -> ...
 *                          -> (its settings are wrong, or it was stopped) ended
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
  // Whoever waits for the first opening learns of the death; this one is for who comes later.
  if (thread.failure) thread.opened = Promise.withResolvers();
  thread.begunAt = thread.clock.monotonic();
  thread.onBegin();
  let begun: Worker;
  try {
    begun = (thread.newThread ?? newSyncer)(thread.surroundings);
  } catch (error) {
    die(thread, bug(`The syncer can't begin: ${messageOf(error)}`));
    return;
  }
  thread.worker = begun;
  const isLatest = () => thread.worker === begun;
  begun.on('message', (message: unknown) => {
    if (isLatest()) receive(thread, fromSyncer.parse(message));
  });
  begun.on('error', (error) => {
    if (isLatest()) die(thread, bug(`The syncer failed: ${messageOf(error)}`));
  });
  thread.exited = new Promise((resolve) => {
    begun.once('exit', (code) => {
      if (isLatest()) die(thread, bug(`The syncer ended (exit code ${code})`));
      resolve();
    });
  });
}

const bug = (message: string): Trouble => ({ kind: 'bug', message });

function receive(thread: Thread, message: FromSyncer): void {
  const { waiting } = thread;
  if (message.say === 'failed') (message.isFinal ? end : die)(thread, message.trouble);
  else if (message.say === 'progress') {
    thread.progress = message;
    // Who waits for the pass under way to end, before one anew, gets its progress, too.
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

/** The thread is gone, or of no use. Unless it was to stop, another one replaces it. */
function die(thread: Thread, { kind, message }: Trouble): void {
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
  thread.died = { what: `${what} was started anew.`, at: clock.monotonic() };
  const failure = `${what} is started anew at ${clockTime(clock.now() + pauseMs / 1000)} UTC.`;
  fail(thread, { kind, message: failure });
  thread.log.warn(failure);
  const restart = () => start(thread);
  clock.sleep(pauseMs, stopped.signal).then(restart, () => {});
}

function end(thread: Thread, trouble: Trouble = bug('the syncer has ended')): void {
  thread.stopped.abort();
  fail(thread, thread.failure ?? trouble);
}

/** Nothing is synced until the thread runs again, if it ever does. */
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

async function ask(thread: Thread, want: Want, { anew = false, signal, onProgress }: AskOptions): Promise<Synced> {
  if (thread.failure) return { trouble: thread.failure };
  signal.throwIfAborted();
  const { ask, promise, reject } = expectAnswer(thread, onProgress);
  const leave = () => {
    thread.waiting.delete(ask);
    send(thread, { say: 'leave', ask });
    reject(signal.reason);
  };
  signal.addEventListener('abort', leave, { once: true });
  send(thread, { say: 'sync', ask, want, anew });
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

async function stop(thread: Thread): Promise<void> {
  thread.stopped.abort();
  // One that does not run never will again.
  if (thread.worker) send(thread, { say: 'stop' });
  else end(thread);
  const timer = setTimeout(() => void thread.worker?.terminate(), stopMs);
  await thread.exited;
  clearTimeout(timer);
}
