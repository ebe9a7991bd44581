import { expect, test } from 'vitest';
import type { Progress } from '../../src/sync/tally.ts';
import { createTestClient } from '../support/fake-customer-api.ts';
import { loop, setUpPasses } from '../support/passes.ts';

async function progressOf(
  { pass }: Pick<Awaited<ReturnType<typeof setUpPasses>>, 'pass'>,
  ...[options, changes]: Parameters<typeof pass>
): Promise<Progress[]> {
  const told: Progress[] = [];
  await pass({ ...options, onProgress: (progress) => told.push(progress) }, changes);
  return told;
}

test('a pass counts agents, rows, and the lists beside them', async () => {
  const world = await setUpPasses({ generation: 3 });
  world.add(20, 'a', [loop]);
  world.add(3, 'b', [loop]);
  const told = await progressOf(world);
  expect(told.at(-1)).toMatchObject({ agentsDone: 2, agentsTotal: 2 });
  expect(told.at(-1)?.listsTotal).toBeGreaterThan(3);
  expect(told.at(-1)?.listsDone).toBe(told.at(-1)?.listsTotal);
  expect(told.at(-1)?.rows).toBeGreaterThanOrEqual(2 * 23);
  expect(told.at(-1)?.rowsTotal).toBe(told.at(-1)?.rows);
});

test('a pass over one agent counts that one', async () => {
  const world = await setUpPasses();
  world.add(20, 'a', [loop]);
  world.add(20, 'b', [loop]);
  const told = await progressOf(world, { agentId: 'b' });
  expect(told[0]).toMatchObject({ agentsDone: 0, agentsTotal: 1 });
  expect(told.at(-1)).toMatchObject({ agentsDone: 1, agentsTotal: 1 });
  expect(told.at(-1)?.rows).toBeGreaterThanOrEqual(40);
  expect(world.ids('runs', 'b')).toHaveLength(20);
});

test('it says that it waits for the request budget, and for how long', async () => {
  const world = await setUpPasses();
  world.add(40, 'a', [loop]);
  const client = createTestClient(world.api.url, world.clock, { requestsPerMinute: 4 });
  const began = world.clock.monotonic();
  const told = await progressOf(world, {}, { client });
  const waiting = told.flatMap((progress) => progress.waiting ?? []);
  expect(waiting.length).toBeGreaterThan(0);
  expect(waiting.every(({ why }) => why === undefined)).toBe(true);
  expect(waiting.every(({ until }) => until > began)).toBe(true);
  expect(told.at(-1)?.waiting).toBeUndefined();
});

test('it says that the API asked to wait, in the words of the error', async () => {
  const world = await setUpPasses();
  world.add(3, 'a', [loop]);
  world.api.fail(
    { kind: 'status', status: 429, retryAfter: '30' },
    { times: 1, when: ({ path }) => path.endsWith('/runs') },
  );
  const told = await progressOf(world);
  const waiting = told.flatMap((progress) => progress.waiting ?? []);
  expect(waiting[0]?.why).toMatch(/limits the rate of this key \(429/);
  expect(told.at(-1)?.waiting).toBeUndefined();
});

test('a wait of what goes after the pass, such as the details of runs, is not its wait', async () => {
  const world = await setUpPasses();
  world.add(3, 'a', [loop]);
  const client = createTestClient(world.api.url, world.clock);
  const watchWaits: typeof client.watchWaits = (listener) => {
    listener({ ms: 1000, priority: -10 });
    listener({ ms: 2000, priority: 10 });
    return client.watchWaits(listener);
  };
  const began = world.clock.monotonic();
  const told = await progressOf(world, { priority: 10, agentId: 'a' }, { client: { ...client, watchWaits } });
  // The pass begins a second later.
  expect(new Set(told.flatMap(({ waiting }) => waiting?.until ?? []))).toEqual(new Set([began + 3000]));
});
