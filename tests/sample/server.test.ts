import { expect, onTestFinished, test } from 'vitest';
import { startSampleServer } from '../../src/sample/server.ts';
import { demoStory } from '../../src/sample/story.ts';
import type { Generation } from '../../src/sample/wire.ts';
import { sampleWorld } from '../../src/sample/world.ts';
import { SampleBackend } from '../support/customer-api/backend.ts';
import { answer } from '../support/customer-api/routes.ts';
import { fillDemoStory } from '../support/demo-story.ts';

const now = 1_800_000_000;

async function setUp(generation?: Generation) {
  const server = await startSampleServer(now, generation);
  onTestFinished(server.close);
  const get = async (path: string) => {
    const response = await fetch(server.url + path);
    return { status: response.status, body: await response.json() };
  };
  return { server, get };
}

test.each([1, 2, 3] as const)(
  'every path shows what the Customer API of the tests shows (generation %i)',
  (generation) => {
    const backend = new SampleBackend({ generation, now: () => now });
    fillDemoStory(backend, now);
    const world = sampleWorld(now, generation);
    const ofAgent = { 1: 2, 2: 3, 3: 3 }[generation];
    expect(world.size).toBe(
      1 +
        generation +
        ofAgent * backend.agents().length +
        backend.agents().reduce((sum, row) => sum + row.run_count, 0),
    );
    for (const [path, shown] of world) {
      const rows = 'rows' in shown ? shown.rows : [];
      const body = 'body' in shown ? shown.body : { [shown.list]: rows.slice(0, 500), page: expect.anything() };
      expect(answer(backend, path, new URLSearchParams('limit=500')), path).toEqual({ status: 200, body });
      if (path.includes('/agents')) expect(rows.length, path).toBeLessThanOrEqual(500);
    }
  },
);

test.each([
  '/v1/runs?agent_id=research-agent&limit=3',
  '/v1/runs?per_agent_limit=2',
  '/v1/runs?has_signals=true&per_agent_limit=1',
  '/v1/signals?explain=false&per_agent_limit=1',
  '/v1/signals?severity=critical&failure_type=cost_spike&offset=2',
  '/v1/signals?agent_id=nobody',
  '/v1/agents/research-agent/signals?explain=false&limit=2',
])('%s: the demo answers as the Customer API of the tests', async (target) => {
  for (const generation of [1, 2, 3] as const) {
    const { get } = await setUp(generation);
    const backend = new SampleBackend({ generation, now: () => now });
    fillDemoStory(backend, now);
    const [path = '', search] = target.split('?');
    expect(await get(target)).toEqual(answer(backend, path, new URLSearchParams(search)));
  }
});

test('before generation 3 the story has hashes where it now has texts', () => {
  const fields = (generation: Generation) =>
    new Set(
      demoStory(now, generation).flatMap(({ run, signals }) =>
        [...run.events.map(({ payload }) => payload), ...signals.map(({ evidence }) => evidence)].flatMap(Object.keys),
      ),
    );
  const raw = [
    'input_text',
    'system_prompt',
    'args',
    'output',
    'query',
    'content',
    'error',
    'tool_error',
    'args_snippet',
  ];
  const hashed = ['input_hash', 'args_hash', 'query_hash', 'error_hash', 'failure_reason_hash'];
  const added = ['call_id', 'reasoning_tokens'];
  const [older, newest] = [fields(2), fields(3)];
  expect([...newest].filter((key) => !older.has(key)).sort()).toEqual([...raw, ...added].sort());
  expect([...older].filter((key) => !newest.has(key)).sort()).toEqual(hashed.sort());
});

test('the demo pages through its lists', async () => {
  const { get } = await setUp();
  const path = `/v1/agents/${encodeURIComponent('support bot №7')}/runs`;
  const shown = sampleWorld(now, 3).get(path);
  const rows = shown !== undefined && 'rows' in shown ? shown.rows : [];
  const body = { runs: rows.slice(50), page: { total: 60, offset: 50, limit: 50, has_more: false } };
  expect(await get(`${path}?offset=50`)).toEqual({ status: 200, body });
  expect(await get(`${path}?offset=1&limit=2`)).toMatchObject({ body: { page: { has_more: true } } });
  expect(await get('/v1/agents')).toMatchObject({
    body: { page: { total: 5, offset: 0, limit: 50, has_more: false } },
  });
  expect(await get('/v1/approvals')).toEqual({ status: 404, body: { detail: 'Not Found' } });
});

test('a closed demo refuses connections, and may be closed again', async () => {
  const { server, get } = await setUp();
  await server.close();
  await expect(get('/health')).rejects.toThrow();
});
