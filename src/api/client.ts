import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { ApiError } from '../errors.ts';
import { parseToStore } from '../exact-json.ts';
import type { Log } from '../log.ts';
import { type Budget, createOwnBudget } from './budget.ts';
import { at, type Connection, type ConnectionConfig, createConnection } from './connection.ts';
import { createQueue, type Queue, type Wait } from './queue.ts';
import { request } from './request.ts';
import type { ClockSkew } from './server-clock.ts';

export type ClientConfig = ConnectionConfig & Pick<Config, 'concurrency'>;

export interface ClientDeps {
  clock: Clock;
  /** A number in [0, 1). */
  random: () => number;
  /** Shared with other users of the same API; the client's own unless given. */
  budget?: Budget;
  /** Gets an event for each request. */
  log?: Pick<Log, 'event'>;
}

export interface GetOptions {
  signal?: AbortSignal | undefined;
  /** Requests of a higher priority leave the queue first; 0 unless given. Above 0: a caller waits for the answer. */
  priority?: number | undefined;
  /** The most requests that this get may send, including retries; 4 unless given. */
  tries?: number | undefined;
  /** A server error is thrown at once, without a retry: the caller asks for less instead. */
  asksForLess?: boolean | undefined;
}

/** Read access to one Customer API. */
export interface Client {
  readonly apiUrl: string;
  /** Requests sent to the API so far, and the `bytes` of their answers' bodies. */
  readonly spent: { requests: number; bytes: number };
  /** Tells `listener` of each request that waits. @returns a function that ends this. */
  watchWaits(listener: (wait: Wait) => void): () => void;
  /** How far the server's clock is ahead of ours; undefined: too few answers have come to know. */
  clockSkew(): ClockSkew | undefined;
  /**
   * GETs `path` (already percent-encoded) and returns the parsed JSON.
   * @throws ApiError once no further try makes sense; the signal's reason when it aborts.
   */
  get(path: string, params: Readonly<Record<string, string>>, options?: GetOptions): Promise<unknown>;
  close(): Promise<void>;
}

const maxTries = 4;

/** Exponential backoff, at most 8 s, with jitter: between half and all of 250 ms x 2^attempt. */
export function backoffMs(attempt: number, random: number): number {
  return Math.min(8000, 250 * 2 ** attempt) * (0.5 + random / 2);
}

/** What a get needs. */
interface State extends Required<Omit<ClientDeps, 'log'>> {
  connection: Connection;
  queue: Queue;
  closing: AbortController;
}

export function createClient(config: ClientConfig, { clock, random, budget: given, log = {} }: ClientDeps): Client {
  const budget = given ?? createOwnBudget(config.requestsPerMinute, clock);
  const connection = createConnection(config, clock, log);
  const watchers = new Set<(wait: Wait) => void>();
  const onWait = (wait: Wait) => {
    for (const watch of watchers) watch(wait);
  };
  const queue = createQueue({ clock, budget, concurrency: config.concurrency, onWait });
  const closing = new AbortController();
  const state: State = { clock, random, budget, connection, queue, closing };
  return {
    apiUrl: config.apiUrl,
    spent: connection.spent,
    watchWaits: (listener) => {
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
    clockSkew: connection.serverClock.skew,
    get: (path, params, options = {}) => get(state, path, params, options),
    close: async () => {
      closing.abort(new Error('the client was closed'));
      await connection.dispatcher.destroy();
    },
  };
}

async function get(
  { connection, queue, budget, clock, random, closing }: State,
  path: string,
  params: Readonly<Record<string, string>>,
  { priority = 0, tries: mostTries = maxTries, asksForLess = false, signal: caller }: GetOptions,
): Promise<unknown> {
  if (connection.fault) throw connection.fault;
  // Each get has a signal of its own: listeners would pile up on a shared one.
  const signal = AbortSignal.any(caller ? [caller, closing.signal] : [closing.signal]);
  const search = new URLSearchParams(params).toString();
  const target = { path, query: search && `?${search}` };
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted();
    const delay = backoffMs(tries - 1, random());
    const askedAt = clock.monotonic();
    const work = async () => {
      const outcome = await request(connection, { ...target, queuedMs: clock.monotonic() - askedAt }, signal);
      // Hold while the request still counts as running, or the next one would slip out of the queue.
      if ('retry' in outcome && outcome.retry.kind === 'rate_limited')
        budget.hold(outcome.afterMs ?? delay, outcome.retry.message);
      return outcome;
    };
    const outcome = await queue.add(work, { priority, signal });
    if ('body' in outcome) return parse(connection, outcome.body, path);
    const isOver = tries >= mostTries || (asksForLess && outcome.retry.kind === 'server_error');
    if (isOver) throw outcome.retry;
    if (outcome.retry.kind !== 'rate_limited') await clock.sleep(delay, signal);
  }
}

function parse(connection: Connection, body: string, path: string): unknown {
  try {
    return connection.key.outOfValue(parseToStore(body));
  } catch (error) {
    const start = body.trimStart().startsWith('<') ? 'HTML' : 'invalid JSON';
    throw new ApiError(
      'bad_answer',
      `${at(connection, path)} answered with ${start} instead of JSON. Is DUNETRACE_API_URL the Customer API itself, and no proxy or dashboard?`,
      { cause: error },
    );
  }
}
