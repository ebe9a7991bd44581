import { expect, onTestFinished, test } from 'vitest';
import { startSampleServer } from '../../src/sample/server.ts';
import { sampleWorld } from '../../src/sample/world.ts';
import { SampleBackend } from '../support/customer-api/backend.ts';
import { answer } from '../support/customer-api/routes.ts';
import { fillDemoStory } from '../support/demo-story.ts';

const now = 1_800_000_000;

async function setUp() {
  const world = sampleWorld(now);
  const server = await startSampleServer(world);
  onTestFinished(server.close);
  const get = async (path: string) => {
    const response = await fetch(server.url + path);
    return { status: response.status, body: await response.json() };
  };
  return { world, server, get };
}

test('every path of the demo shows what the Customer API of the tests shows of the same story', () => {
  const backend = new SampleBackend({ generation: 2, now: () => now });
  fillDemoStory(backend, now);
  const world = sampleWorld(now);
  expect(world.size).toBe(
    2 + 3 * backend.agents().length + backend.agents().reduce((sum, row) => sum + row.run_count, 0),
  );
  for (const [path, shown] of world) {
    const rows = 'rows' in shown ? shown.rows : [];
    const body = 'body' in shown ? shown.body : { [shown.list]: rows.slice(0, 500), page: expect.anything() };
    expect(answer(backend, path, new URLSearchParams('limit=500')), path).toEqual({ status: 200, body });
    expect(rows.length, path).toBeLessThanOrEqual(500);
  }
});

test('the demo pages through its lists', async () => {
  const { world, get } = await setUp();
  const path = `/v1/agents/${encodeURIComponent('support bot №7')}/runs`;
  const shown = world.get(path);
  const rows = shown !== undefined && 'rows' in shown ? shown.rows : [];
  const body = { runs: rows.slice(50), page: { total: 60, offset: 50, limit: 50, has_more: false } };
  expect(await get(`${path}?offset=50`)).toEqual({ status: 200, body });
  expect(await get(`${path}?offset=1&limit=2`)).toMatchObject({ body: { page: { has_more: true } } });
  expect(await get('/v1/agents')).toMatchObject({
    body: { page: { total: 5, offset: 0, limit: 50, has_more: false } },
  });
  expect(await get('/v1/signals')).toEqual({ status: 404, body: { detail: 'Not Found' } });
});

test('a closed demo refuses connections, and may be closed again', async () => {
  const { server, get } = await setUp();
  await server.close();
  await expect(get('/health')).rejects.toThrow();
});
