import type { Client } from '../../src/api/client.ts';
import { ApiError, type ApiErrorKind } from '../../src/errors.ts';
import type { SampleBackend } from './customer-api/backend.ts';
import { answer } from './customer-api/routes.ts';

/** Sees the number of each request, from 1 on, before it is answered. @returns how it fails, if it does. */
export type OnRequest = (count: number) => ApiErrorKind | undefined;

/**
 * A client of a Customer API in the same process, without sockets: for histories by the thousand.
 * @param onWay what becomes of an answer on its way.
 */
export function createInProcessClient(
  backend: SampleBackend,
  onRequest: OnRequest,
  onWay: (body: unknown) => unknown = (body) => body,
): Client {
  const spent = { requests: 0, bytes: 0 };
  return {
    apiUrl: 'http://in-process',
    spent,
    watchWaits: () => () => {},
    clockSkew: () => undefined,
    get: async (path, params, { signal } = {}) => {
      spent.requests += 1;
      const fault = onRequest(spent.requests);
      await Promise.resolve();
      signal?.throwIfAborted();
      if (fault) throw new ApiError(fault, `${path} fails`);
      const { status, body } = answer(backend, path, new URLSearchParams(params));
      if (status !== 200) throw new ApiError(status === 404 ? 'not_found' : 'rejected', `${path} answered ${status}`);
      return JSON.parse(JSON.stringify(onWay(body)));
    },
    close: async () => {},
  };
}
