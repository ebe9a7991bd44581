import type { FakeCustomerApi } from './fake-customer-api.ts';

/**
 * Resolves when a server has asked for the health score of every agent, the last that it does by itself until its next pass
 * (where DUNETRACE_EVENTS_DAYS is 0): from then on, requests can be counted.
 */
export function scoresAsked({ backend, requests, watch }: FakeCustomerApi): Promise<void> {
  const isScore = (path: string) => path.endsWith('/health-score');
  const asked = new Set(requests.flatMap(({ path }) => (isScore(path) ? [path] : [])));
  const isDone = () => asked.size >= backend.agents().length;
  return new Promise((resolve) => {
    if (isDone()) resolve();
    const unwatch = watch(({ path }) => {
      if (isScore(path)) asked.add(path);
      if (!isDone()) return;
      unwatch();
      resolve();
    });
  });
}
