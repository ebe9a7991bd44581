import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { ApiError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { cut } from '../printable.ts';
import { prose } from '../prose.ts';
import { createOwnKey, type OwnKey } from './own-key.ts';
import { type ApiProxy, type ProxyEnv, proxyFor } from './proxy.ts';
import { createServerClock, type ServerClock } from './server-clock.ts';

export type ConnectionConfig = Pick<Config, 'apiUrl' | 'apiKey' | 'timeoutMs' | 'requestsPerMinute' | 'proxyEnv'>;

/** How requests get to an API. */
interface Route {
  dispatcher: Dispatcher;
  proxy?: ApiProxy | undefined;
  /** Why no request can leave. */
  fault?: ApiError;
}

/** One Customer API: where it is, how requests get there, and what they have cost so far. */
export interface Connection extends Route {
  config: ConnectionConfig;
  url: URL;
  key: OwnKey;
  clock: Clock;
  serverClock: ServerClock;
  spent: { requests: number; bytes: number };
  log: Pick<Log, 'event'>;
}

/**
 * An unusable proxy counts as an unreachable API: the mirror still answers, and another process may have a proxy that
 * works.
 */
function createRoute(url: URL, env: ProxyEnv): Route {
  try {
    const proxy = proxyFor(url, env);
    return { proxy, dispatcher: proxy ? new ProxyAgent(proxy.uri) : new Agent() };
  } catch (error) {
    return { dispatcher: new Agent(), fault: new ApiError('unreachable', messageOf(error), { cause: error }) };
  }
}

/** Prepares a connection; it sends nothing yet. */
export function createConnection(config: ConnectionConfig, clock: Clock, log: Pick<Log, 'event'>): Connection {
  const url = new URL(config.apiUrl);
  return {
    ...createRoute(url, config.proxyEnv ?? {}),
    config,
    url,
    key: createOwnKey(config.apiKey),
    clock,
    serverClock: createServerClock(),
    spent: { requests: 0, bytes: 0 },
    log,
  };
}

/**
 * A server's own words, or an id in a path, as errors show them. We remove the key before we cut the text, or a part of
 * the key would stay.
 */
export function shown({ key }: Connection, text: string, max: number): string {
  return prose(cut(key.outOfText(prose(text)), max));
}

/** A path as errors show it: an id in it may have any length. */
export function at(connection: Connection, path: string): string {
  return `${connection.config.apiUrl}${shown(connection, path, 150)}`;
}
