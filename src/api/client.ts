import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { ApiError, codeOf, messageOf, UsageError } from '../errors.ts';
import { type Budget, createOwnBudget } from './budget.ts';
import { createQueue } from './queue.ts';

export type ClientConfig = Pick<Config, 'apiUrl' | 'apiKey' | 'timeoutMs' | 'concurrency' | 'requestsPerMinute'>;

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
  /** Seconds by which the server's clock was ahead of ours at its last answer, to the second; undefined: it has not told. */
  clockSkew(): number | undefined;
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

type Outcome = { body: string } | { retry: ApiError; afterMs?: number };

/** Milliseconds that a Retry-After header asks for (seconds or an HTTP date), if it can be read. */
export function retryAfterMs(header: string | string[] | undefined, nowSeconds: number): number | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined || text.trim() === '') return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Date.parse(text) / 1000 - nowSeconds;
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : undefined;
}

/** Full jitter over an exponential: between half and all of 250 ms x 2^attempt, at most 8 s. */
export function backoffMs(attempt: number, random: number): number {
  return Math.min(8000, 250 * 2 ** attempt) * (0.5 + random / 2);
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** The proxy of HTTPS_PROXY, HTTP_PROXY and NO_PROXY, unless the API is on this very machine. */
function createDispatcher(url: URL): Dispatcher {
  if (isLoopback(url.hostname)) return new Agent();
  try {
    return new EnvHttpProxyAgent();
  } catch (error) {
    throw new UsageError(
      `The proxy in HTTPS_PROXY or HTTP_PROXY can't be used (${messageOf(error)}). It takes a URL such as http://proxy:3128.`,
      { cause: error },
    );
  }
}

/** What made a request fail, in a word or two: a system's code, or what undici says of it. */
function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code !== undefined && !code.startsWith('UND_ERR')) return code;
  const innermost = (from: unknown): string =>
    from instanceof Error && from.cause !== undefined ? innermost(from.cause) : messageOf(from);
  return code === undefined ? innermost(error) : `${code}: ${innermost(error)}`;
}

function detailOf(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'detail' in parsed) {
      return (typeof parsed.detail === 'string' ? parsed.detail : JSON.stringify(parsed.detail)).slice(0, 300);
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
  const prefix = base.pathname.replace(/\/+$/, '');
  const dispatcher = createDispatcher(base);
  const spent = { requests: 0, bytes: 0 };
  let skew: number | undefined;
  const budget = given ?? createOwnBudget(config.requestsPerMinute, clock);
  const queue = createQueue({ clock, budget, concurrency: config.concurrency });
  const closing = new AbortController();

  /** A server's own words, should it repeat the key in them. */
  const withoutKey = (text: string) => text.replaceAll(config.apiKey, '[key]');

  /** A path as errors show it: an id in it may be as long as it likes. */
  const at = (path: string) => `${config.apiUrl}${path.length > 150 ? `${path.slice(0, 150)}…` : path}`;

  function refusal(status: number, path: string, body: string, location: string | undefined): Outcome {
    const detail = withoutKey(detailOf(body));
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
          `The Customer API at ${config.apiUrl} limits the rate of this key (429${said}). Wait, or lower DUNETRACE_RPM (now ${config.requestsPerMinute}).`,
        ),
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
        `${at(path)} redirects${location ? ` to ${withoutKey(location)}` : ''}; set DUNETRACE_API_URL to where the API really is.`,
      );
    }
    throw new ApiError('rejected', `${at(path)} answered ${status}${said}`);
  }

  async function attempt(path: string, query: string, caller: AbortSignal): Promise<Outcome> {
    const limit = AbortSignal.timeout(config.timeoutMs);
    spent.requests += 1;
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
      const told = Date.parse(String(response.headers.date)) / 1000;
      if (Number.isFinite(told)) skew = Math.round(told - clock.now());
      const bytes = await readBody(response.body, at(path));
      spent.bytes += bytes.length;
      const text = bytes.toString('utf8');
      if (response.statusCode === 200) return { body: text };
      const location = response.headers.location;
      const outcome = refusal(response.statusCode, path, text, typeof location === 'string' ? location : undefined);
      const afterMs = retryAfterMs(response.headers['retry-after'], clock.now());
      return afterMs === undefined ? outcome : { ...outcome, afterMs };
    } catch (error) {
      if (caller.aborted) throw caller.reason;
      if (error instanceof ApiError) throw error;
      const cause = limit.aborted ? `no answer within ${config.timeoutMs / 1000} s` : reasonOf(error);
      return {
        retry: new ApiError(
          'unreachable',
          `The Customer API at ${config.apiUrl} can't be reached (${cause}). Is the backend running, and DUNETRACE_API_URL right?`,
          { cause: error },
        ),
      };
    }
  }

  function parse(body: string, path: string): unknown {
    try {
      return JSON.parse(body);
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

  return { apiUrl: config.apiUrl, spent, clockSkew: () => skew, get, close };
}
