import { createServer, type RequestListener, type Server } from 'node:http';
import { type Client, type ClientConfig, createClient } from '../../src/api/client.ts';
import type { Clock } from '../../src/clock.ts';
import { ApiError } from '../../src/errors.ts';

/** What the tests of src/api/ share: servers on a real socket, and clocks that are moved by hand. */

const closers: (() => Promise<unknown>)[] = [];

/** For `afterEach`: closes every server and client that the test opened. */
export async function closeAll(): Promise<void> {
  await Promise.all(closers.splice(0).map((close) => close()));
}

/** Starts `server` on a free port of 127.0.0.1. */
export async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  closers.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no TCP address');
  return address.port;
}

export interface Served {
  readonly url: string;
  readonly port: number;
  /** The request targets as they came in, raw, in their order. */
  readonly seen: string[];
  /** Comes back when the server has had time to see what a client sent meanwhile; it is no request of `seen`. */
  settle(): Promise<void>;
}

export async function serve(listener: RequestListener, host?: string): Promise<Served> {
  const seen: string[] = [];
  const server = createServer((req, res) => {
    if (req.url === '/-/settle') {
      res.end();
      return;
    }
    seen.push(req.url ?? '');
    listener(req, res);
  });
  const port = await listen(server, host);
  const url = `http://127.0.0.1:${port}`;
  const settle = async () => {
    for (let turn = 0; turn < 5; turn += 1) await (await fetch(`${url}/-/settle`)).text();
  };
  return { url, port, seen, settle };
}

/** A server that gives the answers in turn, and the last one from then on. */
export function serveAnswers(...answers: Answer[]): Promise<Served> {
  let count = 0;
  return serve((_, res) => {
    const answer = answers[Math.min(count, answers.length - 1)];
    count += 1;
    if (answer === 'cut') res.socket?.destroy();
    else res.writeHead(answer?.status ?? 200, answer?.headers ?? {}).end(answer?.body ?? '{}');
  });
}

export type Answer = 'cut' | { status?: number; headers?: Record<string, string>; body?: string };

/** Sleeping moves the time on and takes none. */
export function steppingClock(startSeconds = 1_800_000_000) {
  const slept: number[] = [];
  let passedMs = 0;
  const clock: Clock = {
    now: () => startSeconds + passedMs / 1000,
    monotonic: () => passedMs,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      passedMs += ms;
    },
  };
  return { ...clock, slept };
}

/** Whoever sleeps stays asleep until `advance`. */
export function heldClock() {
  interface Sleeper {
    until: number;
    wake: () => void;
  }
  const slept: number[] = [];
  let sleepers: Sleeper[] = [];
  let watchers: (() => void)[] = [];
  let passedMs = 0;
  const clock: Clock = {
    now: () => 1_800_000_000 + passedMs / 1000,
    monotonic: () => passedMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        slept.push(ms);
        sleepers.push({ until: passedMs + ms, wake: resolve });
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        for (const watcher of watchers.splice(0)) watcher();
      }),
  };
  return {
    ...clock,
    slept,
    /** Comes back once somebody sleeps. */
    asleep: async () => {
      if (sleepers.length === 0) await new Promise<void>((resolve) => watchers.push(resolve));
    },
    advance: (ms: number) => {
      passedMs += ms;
      const due = sleepers.filter(({ until }) => until <= passedMs);
      sleepers = sleepers.filter(({ until }) => until > passedMs);
      watchers = [];
      for (const { wake } of due) wake();
    },
  };
}

export const testKey = 'dt_live_S3CR3T-do-not-show';

export function clientFor(apiUrl: string, clock: Clock, changes: Partial<ClientConfig> = {}): Client {
  const config = { apiUrl, apiKey: testKey, timeoutMs: 10_000, concurrency: 4, requestsPerMinute: 1000, ...changes };
  const client = createClient(config, { clock, random: () => 0 });
  closers.push(() => client.close());
  return client;
}

/** The ApiError that `work` must end in. */
export async function apiError(work: Promise<unknown>): Promise<ApiError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('it succeeded, where an ApiError was to be thrown');
}

/** What `work` is rejected with. */
export async function rejection(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('it succeeded, where it was to be rejected');
}
