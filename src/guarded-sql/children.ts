import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../clock.ts';
import { packageRoot } from '../package-root.ts';
import { type FromChild, fromChild } from './messages.ts';

/** The first event of a child: it sends a message, it ends, or the time is up. */
export type Event = { of: 'said'; said: FromChild } | { of: 'ended'; how: string } | { of: 'late' };

/** Receives a child's events from now on. */
export interface ChildEvents {
  /**
   * The child's first message, or its end, if either comes within `ms` milliseconds. @throws the signal's reason when
   * it aborts.
   */
  within(ms: number): Promise<Event>;
  close(): void;
}

export interface ChildrenOptions {
  clock: Clock;
  /** The environment of this process; children get a part of it. */
  env: Readonly<Record<string, string | undefined>>;
  /** What children get besides. */
  settings?: Readonly<Record<string, string>>;
}

/** Starting a child takes a quarter of a second. A child kept warm answers in milliseconds, and costs 80 MB. */
const warmMs = 60_000;
const startMs = 20_000;
const script = fileURLToPath(new URL('dist/child.js', packageRoot));

/**
 * The only environment variables that a child gets: what a platform needs to start Node, and the time zone, which SQL
 * can use. No key, no token, and nothing that makes Node load code.
 */
const passedOn = [
  ...['SystemRoot', 'TEMP', 'TMP', 'TMPDIR', 'TZ', 'TZDIR'],
  ...['LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'ELECTRON_RUN_AS_NODE'],
];

/** What a child writes that streams rows. */
export function rowsOf({ stdio }: ChildProcess): Readable {
  const rows = stdio[4];
  if (rows instanceof Readable) return rows;
  throw new Error('the SQL process has no pipe for rows');
}

export function listen(child: ChildProcess, signal: AbortSignal, clock: Clock): ChildEvents {
  const over = new AbortController();
  const until = { signal: AbortSignal.any([over.signal, signal]) };
  const said = once(child, 'message', until).then(
    ([message]): Event => ({ of: 'said', said: fromChild.parse(message) }),
  );
  const ended = once(child, 'exit', until).then(([code, how]): Event => ({ of: 'ended', how: String(how ?? code) }));
  const first = Promise.race([said, ended]);
  // Who aborts may no longer wait for it.
  first.catch(() => {});
  return {
    within: async (ms) => {
      const enough = new AbortController();
      const late = clock.sleep(ms, enough.signal).then((): Event => ({ of: 'late' }));
      try {
        return await Promise.race([first, late]);
      } catch (error) {
        throw signal.aborted ? signal.reason : error;
      } finally {
        enough.abort();
      }
    },
    close: () => over.abort(),
  };
}

/** The processes that run statements. A healthy one is kept for the next statement. */
export interface Children {
  /** A child that is ready, warm or new. @throws the signal's reason when it aborts. */
  take(signal: AbortSignal): Promise<ChildProcess>;
  /** Takes a child back, and keeps it for the next statement or ends it. */
  giveBack(child: ChildProcess, isWell: boolean): void;
  /** Ends all of them. */
  stop(): Promise<void>;
}

interface State extends Pick<ChildrenOptions, 'clock' | 'env'> {
  living: Set<ChildProcess>;
  /** The child that waits for the next statement. Aborting `cooling` keeps it from being ended. */
  warm: { child: ChildProcess; cooling: AbortController } | undefined;
}

export function createChildren({ clock, env, settings = {} }: ChildrenOptions): Children {
  const passed = passedOn.map((name) => [name, env[name]]).filter(([, value]) => value !== undefined);
  const own = { ...Object.fromEntries(passed), ...settings };
  const state: State = { clock, env: own, living: new Set(), warm: undefined };
  return {
    take: (signal) => take(state, signal),
    giveBack: (child, isWell) => giveBack(state, child, isWell),
    stop: () => stop(state),
  };
}

async function take(state: State, signal: AbortSignal): Promise<ChildProcess> {
  if (!state.warm) return await start(state, signal);
  const { child, cooling } = state.warm;
  state.warm = undefined;
  cooling.abort();
  return child;
}

function giveBack(state: State, child: ChildProcess, isWell: boolean): void {
  if (!isWell || state.warm) {
    child.kill('SIGKILL');
    return;
  }
  const cooling = new AbortController();
  state.warm = { child, cooling };
  state.clock.sleep(warmMs, cooling.signal).then(
    () => child.kill('SIGKILL'),
    () => {},
  );
}

async function stop({ warm, living }: State): Promise<void> {
  warm?.cooling.abort();
  const ended = [...living].map((child) => once(child, 'exit'));
  for (const child of living) child.kill('SIGKILL');
  await Promise.all(ended);
}

async function start(state: State, signal: AbortSignal): Promise<ChildProcess> {
  const child = fork(state);
  const ear = listen(child, signal, state.clock);
  let isReady = false;
  try {
    const event = await ear.within(startMs);
    isReady = event.of === 'said';
    if (isReady) return child;
    throw new Error(`the SQL process did not start (${event.of === 'ended' ? event.how : 'in time'})`);
  } finally {
    ear.close();
    if (!isReady) child.kill('SIGKILL');
  }
}

function fork(state: State): ChildProcess {
  // Imported only here: few sessions need this part of Node, so no server start waits for it.
  const child = process.getBuiltinModule('node:child_process').fork(script, [], {
    env: state.env,
    execArgv: ['--max-old-space-size=256'],
    stdio: ['pipe', 'ignore', 'ignore', 'ipc', 'pipe'],
  });
  state.living.add(child);
  child.on('error', () => {});
  child.once('exit', () => {
    state.living.delete(child);
    if (state.warm?.child === child) state.warm = undefined;
  });
  return child;
}
