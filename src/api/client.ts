import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { ApiError, messageOf } from '../errors.ts';
import { parseToStore } from '../exact-json.ts';
import { cut, printable } from '../printable.ts';
import { textOf, unpack } from './body.ts';
import { type Budget, createOwnBudget } from './budget.ts';
import { createOwnKey } from './own-key.ts';
import { type ApiProxy, type ProxyEnv, proxyFor } from './proxy.ts';
import { createQueue } from './queue.ts';
import { retryAfterMs, untilText } from './retry-after.ts';
import { type ClockSkew, createServerClock } from './server-clock.ts';
import { explainUnreachable } from './unreachable.ts';

export type ClientConfig = Pick<
  Config,
  'apiUrl' | 'apiKey' | 'timeoutMs' | 'concurrency' | 'requestsPerMinute' | 'proxyEnv'
>;

export interface ClientDeps {
  clock: Clock;
  /** A number in [0, 1). */
  random: () => number;
  /** Shared with whoever else asks the same API; one of its own unless given. */
  budget?: Budget;
}

export interface GetOptions {
  signal?: AbortSignal | undefined;
  /** Requests of a higher priority leave the queue first; 0 unless given. Above 0: somebody waits for the answer. */
  priority?: number | undefined;
  /** Requests that this get may take, where trying again may help; 4 unless given. */
  tries?: number | undefined;
  /** A server error is told at once: whoever asks would rather ask for less than wait and ask again. */
  asksForLess?: boolean | undefined;
}

/** Read access to one Customer API. */
export interface Client {
  readonly apiUrl: string;
  /** What was asked of the API so far; `bytes` are those of the bodies. */
  readonly spent: { requests: number; bytes: number };
  /** How far the server's clock is ahead of ours; undefined: too few answers have come to tell. */
  clockSkew(): ClockSkew | undefined;
  /**
   * GETs `path` (already percent-encoded) and gives the parsed JSON.
   * @throws ApiError once no further try makes sense; the signal's reason when it aborts.
   */
  get(path: string, params: Readonly<Record<string, string>>, options?: GetOptions): Promise<unknown>;
  close(): Promise<void>;
}

const maxTries = 4;
/**
 * No body is read further than this, so that none can fill the memory of whoever parses it: JSON takes up to twenty times its
 * bytes there. It is 32 KiB for each row of the largest page, several times what the longest real ones take.
 */
export const maxBodyBytes = 16 * 1024 * 1024;

/** What the headers of a refusal tell. */
interface Told {
  location: string | undefined;
  afterMs: number | undefined;
}

type Outcome = { body: string } | { retry: ApiError; afterMs?: number };

/** Full jitter over an exponential: between half and all of 250 ms x 2^attempt, at most 8 s. */
export function backoffMs(attempt: number, random: number): number {
  return Math.min(8000, 250 * 2 ** attempt) * (0.5 + random / 2);
}

interface Route {
  dispatcher: Dispatcher;
  proxy?: ApiProxy | undefined;
  /** Why nothing can be asked. */
  fault?: ApiError;
}

/** The way to the API. A proxy that can't be used is told as what keeps the API from being asked: it may be set right for others. */
function createRoute(url: URL, env: ProxyEnv): Route {
  try {
    const proxy = proxyFor(url, env);
    return { proxy, dispatcher: proxy ? new ProxyAgent(proxy.uri) : new Agent() };
  } catch (error) {
    return { dispatcher: new Agent(), fault: new ApiError('unreachable', messageOf(error), { cause: error }) };
  }
}

function detailOf(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'detail' in parsed) {
      return typeof parsed.detail === 'string' ? parsed.detail : JSON.stringify(parsed.detail);
    }
  } catch {
    // Not JSON: the status says enough.
  }
  return '';
}

/** @param at what was asked, for an error. */
async function readBody(body: Dispatcher.ResponseData['body'], at: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    const bytes: Buffer = chunk;
    size += bytes.length;
    if (size > maxBodyBytes) {
      body.destroy();
      const most = `${maxBodyBytes / 1024 / 1024} MiB`;
      throw new ApiError('bad_answer', `${at} answered with more than ${most}, the most that is read.`);
    }
    chunks.push(bytes);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

export function createClient(config: ClientConfig, { clock, random, budget: given }: ClientDeps): Client {
  const base = new URL(config.apiUrl);
  const prefix = base.pathname.replace(/(?<!\/)\/+$/, '');
  const { dispatcher, proxy, fault } = createRoute(base, config.proxyEnv ?? {});
  const spent = { requests: 0, bytes: 0 };
  const serverClock = createServerClock();
  const budget = given ?? createOwnBudget(config.requestsPerMinute, clock);
  const queue = createQueue({ clock, budget, concurrency: config.concurrency });
  const closing = new AbortController();

  const key = createOwnKey(config.apiKey);

  /** A server's own words, or an id in a path, as errors show them: without the key, and only then cut. */
  const shown = (text: string, max: number) => cut(key.outOfText(printable(text)), max);

  /** A path as errors show it: an id in it may be as long as it likes. */
  const at = (path: string) => `${config.apiUrl}${shown(path, 150)}`;

  function refusal(status: number, path: string, body: string, { location, afterMs }: Told): Outcome {
    const detail = shown(detailOf(body), 300);
    const said = detail ? `: ${detail}` : '';
    if (status === 401 || status === 403) {
      throw new ApiError(
        'unauthorized',
        `The Customer API at ${config.apiUrl} refused the key (${status}${said}). Set DUNETRACE_API_KEY to an active key.`,
      );
    }
    if (status === 404) throw new ApiError('not_found', `${at(path)} answered 404${said}`);
    if (status === 429) {
      return {
        retry: new ApiError(
          'rate_limited',
          `The Customer API at ${config.apiUrl} limits the rate of this key (429${said})${untilText(afterMs, clock.now())}. Wait, or lower DUNETRACE_RPM (now ${config.requestsPerMinute}).`,
        ),
        ...(afterMs === undefined ? {} : { afterMs }),
      };
    }
    if (status === 408 || status >= 500) {
      return {
        retry: new ApiError('server_error', `${at(path)} answered ${status}${said}. Look at the backend's log.`),
      };
    }
    if (status >= 300 && status < 400) {
      throw new ApiError(
        'bad_answer',
        `${at(path)} redirects${location ? ` to ${shown(location, 300)}` : ''}; set DUNETRACE_API_URL to where the API really is.`,
      );
    }
    throw new ApiError('rejected', `${at(path)} answered ${status}${said}`);
  }

  /** The text of a body. What can't be unpacked hides no status. */
  async function textWithin(bytes: Buffer, response: Dispatcher.ResponseData, path: string): Promise<string> {
    const encoding = String(response.headers['content-encoding'] ?? '');
    const unpacked = await unpack(bytes, encoding, maxBodyBytes);
    if ('bytes' in unpacked) return textOf(unpacked.bytes);
    if (response.statusCode !== 200) return '';
    const what = unpacked.fault === 'too large' ? `exceeded ${maxBodyBytes / 1024 / 1024} MiB` : "can't be unpacked";
    throw new ApiError('bad_answer', `${at(path)} answered with a body that ${what} (${encoding.slice(0, 50)})`);
  }

  function noteTime(date: string | string[] | undefined, tookMs: number): void {
    const time = Date.parse(String(date)) / 1000;
    const receivedAt = clock.now();
    const told = Number.isFinite(time) ? time : undefined;
    serverClock.read({ sentAt: receivedAt - tookMs / 1000, receivedAt, told });
  }

  async function attempt(path: string, query: string, caller: AbortSignal): Promise<Outcome> {
    const limit = AbortSignal.timeout(config.timeoutMs);
    spent.requests += 1;
    const began = clock.monotonic();
    try {
      const response = await dispatcher.request({
        origin: base.origin,
        path: `${prefix}${path}${query}`,
        method: 'GET',
        headers: {
          authorization: `Bearer ${config.apiKey}`,
          accept: 'application/json',
          'user-agent': 'dunetrace-mcp',
        },
        signal: AbortSignal.any([limit, caller]),
      });
      noteTime(response.headers.date, clock.monotonic() - began);
      const bytes = await readBody(response.body, at(path));
      spent.bytes += bytes.length;
      const text = await textWithin(bytes, response, path);
      if (response.statusCode === 200) return { body: text };
      const location = response.headers.location;
      return refusal(response.statusCode, path, text, {
        location: typeof location === 'string' ? location : undefined,
        afterMs: retryAfterMs(response.headers['retry-after'], clock.now()),
      });
    } catch (error) {
      if (caller.aborted) throw caller.reason;
      if (error instanceof ApiError) throw error;
      const late = limit.aborted ? `no answer within ${config.timeoutMs / 1000} s` : undefined;
      const asked = { apiUrl: config.apiUrl, hostname: base.hostname, proxy };
      return { retry: new ApiError('unreachable', explainUnreachable(error, asked, late), { cause: error }) };
    }
  }

  function parse(body: string, path: string): unknown {
    try {
      return key.outOfValue(parseToStore(body));
    } catch (error) {
      const start = body.trimStart().startsWith('<') ? 'HTML' : 'no valid JSON';
      throw new ApiError(
        'bad_answer',
        `${at(path)} answered with ${start} instead of JSON. Is DUNETRACE_API_URL the Customer API itself, and no proxy or dashboard?`,
        { cause: error },
      );
    }
  }

  async function get(path: string, params: Readonly<Record<string, string>>, options: GetOptions = {}) {
    if (fault) throw fault;
    const { priority = 0, tries: mostTries = maxTries, asksForLess = false } = options;
    // A signal of its own for each get: listeners would pile up on one that many share.
    const signal = AbortSignal.any(options.signal ? [options.signal, closing.signal] : [closing.signal]);
    const search = new URLSearchParams(params).toString();
    for (let tries = 1; ; tries += 1) {
      signal.throwIfAborted();
      const delay = backoffMs(tries - 1, random());
      const work = async () => {
        const outcome = await attempt(path, search && `?${search}`, signal);
        // While the request still counts as running, or the next one would slip out of the queue.
        if ('retry' in outcome && outcome.retry.kind === 'rate_limited')
          budget.hold(outcome.afterMs ?? delay, outcome.retry.message);
        return outcome;
      };
      const outcome = await queue.add(work, { priority, signal });
      if ('body' in outcome) return parse(outcome.body, path);
      const isOver = tries >= mostTries || (asksForLess && outcome.retry.kind === 'server_error');
      if (isOver) throw outcome.retry;
      if (outcome.retry.kind !== 'rate_limited') await clock.sleep(delay, signal);
    }
  }

  async function close(): Promise<void> {
    closing.abort(new Error('the client was closed'));
    await dispatcher.destroy();
  }

  return { apiUrl: config.apiUrl, spent, clockSkew: serverClock.skew, get, close };
}
