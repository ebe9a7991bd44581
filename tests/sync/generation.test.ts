import { expect, onTestFinished, test } from 'vitest';
import type { Client } from '../../src/api/client.ts';
import { isGeneration3 } from '../../src/queries/generation.ts';
import { createTestClient } from '../support/fake-customer-api.ts';
import { loop, setUpPasses } from '../support/passes.ts';

const probes = (requests: readonly string[]) => requests.filter((request) => request.startsWith('/v1/runs'));

async function setUp() {
  const w = await setUpPasses();
  w.add(3, 'a', [loop]);
  const generation = () => w.temp.store.apiState.read()?.generation ?? null;
  return { ...w, generation };
}

test('a pass asks once a day whether there are lists of the whole organisation, and never without need', async () => {
  const w = await setUp();
  expect(isGeneration3(w.temp.mirror)).toBe(false);
  expect(probes(await w.requestsOf(() => w.pass()))).toHaveLength(1);
  expect(w.generation()).toBe(1);
  expect(probes(await w.requestsOf(() => w.pass()))).toEqual([]);
  w.clock.advance(86_400);
  expect(probes(await w.requestsOf(() => w.pass()))).toHaveLength(1);
  expect(probes(await w.requestsOf(() => w.pass({ agentId: 'a' })))).toEqual([]);
});

test('a backend that has them is of generation 3, and the revision moves with it', async () => {
  const w = await setUp();
  await w.pass();
  w.clock.advance(86_400);
  const revision = () => w.rows('select revision from mirror_meta')[0]?.revision;
  const known = createTestClient(w.api.url, w.clock);
  onTestFinished(() => known.close());
  const get: Client['get'] = async (path, params, options) =>
    path === '/v1/runs' ? { runs: [], page: { total: 0 } } : known.get(path, params, options);
  const before = revision();
  await w.pass({}, { client: { ...known, get } });
  expect(w.generation()).toBe(3);
  expect(isGeneration3(w.temp.mirror)).toBe(true);
  expect(revision()).not.toBe(before);
});

test('what fails otherwise, or answers with something else, says nothing', async () => {
  const w = await setUp();
  const isProbe = ({ path }: { path: string }) => path === '/v1/runs';
  for (const fault of [{ kind: 'status', status: 500 }, { kind: 'wrong shape' }, { kind: 'html' }] as const) {
    w.api.fail(fault, { when: isProbe });
    await w.pass();
    expect(w.generation()).toBeNull();
  }
  await w.pass();
  expect(w.generation()).toBe(1);
});
