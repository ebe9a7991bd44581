import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { ApiError, messageOf } from '../errors.ts';
import { cut, printable } from '../printable.ts';
import { createOwnKey, type OwnKey } from './own-key.ts';
import { type ApiProxy, type ProxyEnv, proxyFor } from './proxy.ts';
import { createServerClock, type ServerClock } from './server-clock.ts';

export type ConnectionConfig = Pick<Config, 'apiUrl' | 'apiKey' | 'timeoutMs' | 'requestsPerMinute' | 'proxyEnv'>;

/** The way to an API. */
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
}

/** A proxy that can't be used is a fault of the API's reachability: the mirror still answers, and others may set it right. */
function createRoute(url: URL, env: ProxyEnv): Route {
  try {
    const proxy = proxyFor(url, env);
    return { proxy, dispatcher: proxy ? new ProxyAgent(proxy.uri) : new Agent() };
  } catch (error) {
    return { dispatcher: new Agent(), fault: new ApiError('unreachable', messageOf(error), { cause: error }) };
  }
}

/** Makes what requests need; nothing is sent yet. */
export function createConnection(config: ConnectionConfig, clock: Clock): Connection {
  const url = new URL(config.apiUrl);
  return {
    ...createRoute(url, config.proxyEnv ?? {}),
    config,
    url,
    key: createOwnKey(config.apiKey),
    clock,
    serverClock: createServerClock(),
    spent: { requests: 0, bytes: 0 },
  };
}

/** A server's own words, or an id in a path, as errors show them. The key goes before the text is cut, or a part of it would stay. */
export function shown({ key }: Connection, text: string, max: number): string {
  return cut(key.outOfText(printable(text)), max);
}

/** A path as errors show it: an id in it may have any length. */
export function at(connection: Connection, path: string): string {
  return `${connection.config.apiUrl}${shown(connection, path, 150)}`;
}
