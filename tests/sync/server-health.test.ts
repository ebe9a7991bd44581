import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { agents, serverHealth } from '../../src/db/schema.ts';
import { type LaneOptions, setUpLane } from '../support/lane.ts';
import { loop } from '../support/passes.ts';

const isScore = ({ path }: { path: string }) => path.endsWith('/health-score');

/** Two agents that have been quiet for hours, after one pass and what follows it. */
async function setUp(options: LaneOptions = {}) {
  const w = await setUpLane({ ...options, env: { DUNETRACE_EVENTS_DAYS: '0', ...options.env } });
  for (const agentId of ['a', 'b']) {
    for (let index = 0; index < 3; index += 1) w.add(`${agentId}-${index}`, 10_000 + index, [], { agentId });
  }
  await w.pass();
  const stored = () => {
    const ofAgent = eq(agents.id, serverHealth.agent);
    const rows = w.read().select().from(serverHealth).innerJoin(agents, ofAgent).orderBy(agents.agentId).all();
    return rows.map((row) => ({ agentId: row.agents.agentId, body: row.server_health.body }));
  };
  return { ...w, stored };
}

test('a score is stored as the server gave it, and asked for again when a pass has visited its agent, or after an hour', async () => {
  const w = await setUp();
  await w.catchUp();
  expect(w.scoresAsked()).toEqual(['a', 'b']);
  expect(w.stored()).toEqual(
    ['a', 'b'].map((agentId) => ({ agentId, body: JSON.stringify(w.backend.healthScore(agentId)) })),
  );
  await w.pass();
  await w.catchUp();
  expect(w.scoresAsked()).toHaveLength(2);
  w.add('b-new', 10, [loop], { agentId: 'b' });
  await w.pass();
  await w.catchUp();
  expect(w.scoresAsked()).toEqual(['a', 'b', 'b']);
  expect(w.stored()[1]?.body).toBe(JSON.stringify(w.backend.healthScore('b')));
  w.clock.advance(3601);
  await w.pass();
  await w.catchUp();
  expect(w.scoresAsked()).toEqual(['a', 'b', 'b', 'a', 'b']);
});

test('a backend without the endpoint is asked once an hour, not once for each agent', async () => {
  const w = await setUp({ generation: 1 });
  await w.catchUp();
  w.add('a-new', 10, [], { agentId: 'a' });
  await w.pass();
  await w.catchUp();
  expect(w.scoresAsked()).toHaveLength(1);
  w.clock.advance(3601);
  await w.pass();
  await w.catchUp();
  expect(w.scoresAsked()).toHaveLength(2);
  expect(w.stored()).toEqual([]);
});

test('an agent whose lists are not found either does not make the endpoint look missing', async () => {
  const w = await setUp();
  w.add('slashed', 20_000, [], { agentId: '0/slash' });
  await w.pass();
  await w.catchUp();
  expect(w.scoresAsked()).toEqual(['a', 'b']);
});

test.each([
  ['another shape', { kind: 'wrong shape' }],
  ['a failure', { kind: 'status', status: 500 }],
] as const)('%s in place of one score is passed by, and tried again after an hour', async (_, fault) => {
  const w = await setUp();
  w.api.fail(fault, { when: ({ path }) => isScore({ path }) && path.includes('/a/') });
  await w.catchUp();
  expect(w.stored().map(({ agentId }) => agentId)).toEqual(['b']);
  await w.pass();
  await w.catchUp();
  expect(w.scoresAsked()).toEqual(['a', 'b']);
  w.clock.advance(3601);
  await w.pass();
  await w.catchUp();
  expect(w.stored().map(({ agentId }) => agentId)).toEqual(['a', 'b']);
});

test('what is more than a score is not stored', async () => {
  const w = await setUp();
  w.backend.healthScore = () => ({ components: {}, text: 'x'.repeat(200_000) });
  await w.catchUp();
  expect(w.stored()).toEqual([]);
});
