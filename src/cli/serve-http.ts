import { UsageError } from '../errors.ts';
import { startHttp } from '../mcp/http.ts';
import type { Guard } from '../mcp/http-guard.ts';
import { readHttpSettings } from '../mcp/http-settings.ts';
import { metricsText } from '../metrics/metrics.ts';
import { createPages } from '../page/routes.ts';
import type { Io } from './io.ts';
import type { ServeTransport } from './serve.ts';

export interface ServeOptions {
  http?: boolean;
  /** The same as `http`, which serves both transports. */
  sse?: boolean;
  host?: string;
  port?: string;
}

/** A server over HTTP, set up from the options of `serve`. @throws UsageError for options that don't go together. */
export function overHttp(options: ServeOptions, { surroundings, version }: Io): ServeTransport {
  if (!options.http && !options.sse)
    throw new UsageError('--host is for a server over HTTP: add --http, or leave it out for stdio.');
  const settings = readHttpSettings(options, surroundings.env);
  return async ({ clock }, { stop, ensure, pricesFile, calls, ...speech }) => {
    const { log } = speech;
    const createPagesBehind = (guard: Guard) => createPages({ guard, ensure, clock, pricesFile });
    const metrics = () => metricsText({ ensure, calls, clock, version });
    const { isPolled } = ensure;
    const made = { createPages: createPagesBehind, isPolled, metrics };
    const server = await startHttp({ ...speech, ...made, settings, clock, version });
    log.info(`listening on ${server.url}/mcp (and /sse for older clients, / for browsers)`);
    await aborted(stop);
    await server.close();
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
