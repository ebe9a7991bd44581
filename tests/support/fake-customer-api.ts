import type { IncomingMessage, ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { type Client, createClient } from '../../src/api/client.ts';
import type { Clock } from '../../src/clock.ts';
import { type Generation, SampleBackend } from './customer-api/backend.ts';
import { answer } from './customer-api/routes.ts';
import { type RecordedRequest, type SampleServer, startSampleServer } from './customer-api/server.ts';

/** What goes wrong with one answer. */
export type Fault =
  /** The socket is cut before any answer. */
  | { kind: 'down' }
  /** The same, in an impolite way. */
  | { kind: 'reset' }
  /** No answer, ever. */
  | { kind: 'hang' }
  /** Half of the answer at once, the rest after so many milliseconds. */
  | { kind: 'slow'; ms: number }
  | { kind: 'status'; status: number; retryAfter?: string; detail?: string }
  /** The headers promise the whole body, half of it comes, and the socket is cut. */
  | { kind: 'cut body' }
  /** Well framed, but the JSON stops half way. */
  | { kind: 'cut json' }
  | { kind: 'html' }
  /** JSON that is not the Customer API's. */
  | { kind: 'wrong shape' }
  /** Every third row of a list can't be read. */
  | { kind: 'bad rows' };

/** A request as faults and watchers see it. */
export interface SeenRequest {
  /** Percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** 1 for the first request since the API was made. */
  readonly count: number;
}

export type When = (request: SeenRequest) => boolean;

/** An answer that is held back until it is released. */
export interface Held {
  /** Resolves when the request is there. */
  readonly arrived: Promise<void>;
  release(): void;
}

export interface FakeCustomerApi {
  readonly backend: SampleBackend;
  /** Base URL; the same after `stop` and `start`. */
  readonly url: string;
  /** Every request, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /**
   * The next `times` requests (1 unless given) that `when` picks (any, unless given) fail so.
   * @returns what ends that before.
   */
  fail(fault: Fault, options?: { times?: number; when?: When }): () => void;
  /** The next request that `when` picks is answered only once released. */
  hold(when?: When): Held;
  /**
   * `watcher` sees each request before it is answered, and may change the backend.
   * @returns what takes it away again.
   */
  watch(watcher: (request: SeenRequest) => void): () => void;
  /** From now on each answer is what `change` makes of it; undefined: none is changed any more. */
  rewrite(change: ((body: unknown) => unknown) | undefined): void;
  /** Takes the API away: connections are refused. */
  stop(): Promise<void>;
  /** Brings it back on the same port. */
  start(): Promise<void>;
}

export interface FakeCustomerApiOptions {
  generation?: Generation;
  backend?: SampleBackend;
  clock?: Clock;
  /** When set, every route but `/health` demands this key. */
  key?: string;
}

interface Rule {
  left: number;
  when: When;
  act: (req: IncomingMessage, res: ServerResponse, respond: () => void) => void;
}

const html = '<!doctype html><html><body>Sign in</body></html>';

/** A stateful Customer API on a loopback socket, whose answers can go wrong. Stopped when the test ends. */
export async function startFakeCustomerApi(options: FakeCustomerApiOptions = {}): Promise<FakeCustomerApi> {
  const { generation = 2, clock, key } = options;
  const backend = options.backend ?? new SampleBackend({ generation, now: clock?.now });
  const rules: Rule[] = [];
  const watchers = new Set<(request: SeenRequest) => void>();
  const past: RecordedRequest[] = [];
  let count = 0;
  let change: ((body: unknown) => unknown) | undefined;

  function intercept(req: IncomingMessage, res: ServerResponse, respond: () => void): boolean {
    count += 1;
    const request: SeenRequest = { ...split(req.url ?? '/'), count };
    for (const watcher of watchers) watcher(request);
    const rule = rules.find(({ left, when }) => left > 0 && when(request));
    if (!rule) return change !== undefined && respondChanged(req, res, change);
    rule.left -= 1;
    rule.act(req, res, respond);
    return true;
  }

  function respondChanged(req: IncomingMessage, res: ServerResponse, to: (body: unknown) => unknown): boolean {
    const { path, query } = split(req.url ?? '/');
    const { status, body } = answer(backend, path, query);
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(to(body)));
    return true;
  }

  function failing(fault: Fault) {
    return (req: IncomingMessage, res: ServerResponse): void => {
      const { path, query } = split(req.url ?? '/');
      const { status, body } = answer(backend, path, query);
      const whole = JSON.stringify(body);
      const half = whole.slice(0, whole.length / 2);
      const asJson = { 'content-type': 'application/json' };
      switch (fault.kind) {
        case 'down':
          req.socket.destroy();
          break;
        case 'reset':
          req.socket.resetAndDestroy();
          break;
        case 'hang':
          break;
        case 'slow':
          res.writeHead(status, { ...asJson, 'content-length': Buffer.byteLength(whole) });
          res.write(half);
          setTimeout(() => res.end(whole.slice(half.length)), fault.ms);
          break;
        case 'bad rows':
          res.writeHead(status, asJson).end(JSON.stringify(body, withBadRows));
          break;
        case 'status': {
          const after = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter };
          res
            .writeHead(fault.status, { ...asJson, ...after })
            .end(JSON.stringify({ detail: fault.detail ?? 'injected' }));
          break;
        }
        case 'cut body':
          res.writeHead(status, { ...asJson, 'content-length': Buffer.byteLength(whole) });
          res.write(half, () => req.socket.destroy());
          break;
        case 'cut json':
          res.writeHead(status, asJson).end(half);
          break;
        case 'html':
          res.writeHead(200, { 'content-type': 'text/html' }).end(html);
          break;
        case 'wrong shape':
          res.writeHead(200, asJson).end(JSON.stringify({ results: [], next: null }));
          break;
      }
    };
  }

  let server: SampleServer = await startSampleServer({ backend, key, intercept });
  const { url } = server;
  let isUp = true;
  let starting: Promise<void> | undefined;

  async function startAgain(): Promise<void> {
    server = await startSampleServer({ backend, key, intercept, port: Number(new URL(url).port) });
    isUp = true;
  }

  async function stop(): Promise<void> {
    await starting;
    if (!isUp) return;
    isUp = false;
    past.push(...server.requests);
    await server.close();
  }

  onTestFinished(stop);
  return {
    backend,
    url,
    get requests() {
      return isUp ? [...past, ...server.requests] : past;
    },
    fail: (fault, { times = 1, when = () => true } = {}) => {
      const rule: Rule = { left: times, when, act: failing(fault) };
      rules.push(rule);
      return () => {
        rules.splice(rules.indexOf(rule), 1);
      };
    },
    hold: (when = () => true) => {
      const arrived = deferred();
      const released = deferred();
      rules.push({
        left: 1,
        when,
        act: (_req, _res, respond) => {
          arrived.resolve();
          void released.promise.then(respond);
        },
      });
      return { arrived: arrived.promise, release: () => released.resolve() };
    },
    rewrite: (to) => {
      change = to;
    },
    watch: (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    stop,
    start: async () => {
      if (isUp) return;
      starting ??= startAgain().finally(() => {
        starting = undefined;
      });
      await starting;
    },
  };
}

/** For JSON.stringify: spoils every third row of a list; what rows hold stays as it is. */
function withBadRows(key: string, value: unknown): unknown {
  if (!['agents', 'runs', 'signals'].includes(key) || !Array.isArray(value)) return value;
  return value.map((row, place) => (place % 3 === 1 ? { ...row, agent_id: 7, run_id: null, id: 'one' } : row));
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function split(target: string): { path: string; query: URLSearchParams } {
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  return { path, query: new URLSearchParams(at < 0 ? '' : target.slice(at + 1)) };
}

/** A real client of the API at `url`, in no hurry to give up and with no limit on its rate. */
export function createTestClient(
  url: string,
  clock: Clock,
  changes: { apiKey?: string; timeoutMs?: number; requestsPerMinute?: number } = {},
): Client {
  const config = {
    apiUrl: url,
    apiKey: 'dt_dev_test',
    timeoutMs: 10_000,
    concurrency: 4,
    requestsPerMinute: 1_000_000,
  };
  return createClient({ ...config, ...changes }, { clock, random: () => 0.5 });
}
