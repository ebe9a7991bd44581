import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readAgentChoice } from '../../src/agent-choice.ts';
import { checkAgainstApi } from '../../src/sync/check.ts';
import { followAgents } from '../../src/sync/chosen-agents.ts';
import { readMirrorState } from '../../src/sync/freshness.ts';
import type { PassOptions } from '../../src/sync/pass-state.ts';
import { cases } from '../support/effort.ts';
import { createTestClient } from '../support/fake-customer-api.ts';
import { loop, setUpPasses } from '../support/passes.ts';
import { wrongDays } from '../support/recount.ts';
import { plainEvent } from '../support/stored-event.ts';

const all = ['prod-a', 'prod-b', 'prod-c', 'test-a', 'test-b'];
const never = new AbortController().signal;

/** An API of five agents, and passes as DUNETRACE_AGENTS has them. */
async function setUp(generation: 1 | 2 | 3 = 3) {
  const w = await setUpPasses({ generation });
  // The newest rows are those of the first.
  for (const agent of all.toReversed()) w.add(20, agent, [loop]);
  const pass = async (globs: string, options: PassOptions = {}) => {
    const agents = readAgentChoice(globs);
    const log = { info: () => {}, warn: () => {} };
    if (options.agentId === undefined) await followAgents({ store: w.temp.store, clock: w.clock, log, agents }, never);
    return w.pass(options, { agents });
  };
  const check = async (globs: string) => {
    const client = createTestClient(w.api.url, w.clock);
    const deps = { client, reader: w.temp.mirror, random: () => 0.5, agents: readAgentChoice(globs) };
    const { lists, failures } = await checkAgainstApi(deps).finally(() => client.close());
    return [...lists, ...failures];
  };
  const held = () => w.rows('select agent_id from agents order by agent_id').map(({ agent_id }) => agent_id);
  return { ...w, pass, check, held };
}

test.each([1, 2, 3] as const)(
  'generation %i: other agents are not read, not stored and not counted',
  async (generation) => {
    const w = await setUp(generation);
    const asked = await w.requestsOf(() => w.pass('prod-*'));
    expect(asked.filter((path) => path.includes('test-'))).toEqual([]);
    expect((await w.pass('prod-*')).agents).toBe(3);
    expect(w.held()).toEqual(['prod-a', 'prod-b', 'prod-c']);
    w.expectEqual('prod-a', 'prod-b', 'prod-c');
    expect(w.rows('select distinct agent_id from v_signals order by 1')).toHaveLength(3);
    expect(await w.check('prod-*')).toEqual([]);
    expect(readMirrorState(w.temp.mirror, {}, w.clock)).toMatchObject({ covered: true, onlyAgents: 'prod-*' });
    expect(readMirrorState(w.temp.mirror, { agentId: 'prod-a' }, w.clock)).not.toHaveProperty('onlyAgents');
  },
);

test('the lists of all agents bring the rows of those that are mirrored, and drop the others', async () => {
  const w = await setUp();
  for (let passes = 0; passes < 3; passes += 1) await w.pass('prod-*');
  w.add(1, 'prod-a', [loop]);
  w.add(1, 'prod-c', [loop]);
  expect(await w.requestsOf(() => w.pass('prod-*'))).toEqual([
    '/v1/agents 0',
    '/v1/runs 0',
    '/v1/signals 0',
    '/v1/signals 0',
  ]);
  w.expectEqual('prod-a', 'prod-b', 'prod-c');
  // Rows of others between them fill the page: then each agent's own list is read.
  w.add(1, 'prod-a', [loop]);
  w.add(15, 'test-a', [loop]);
  expect(await w.requestsOf(() => w.pass('prod-*'))).toContain('/v1/agents/prod-a/runs 0');
  w.expectEqual('prod-a', 'prod-b', 'prod-c');
  expect(w.held()).toEqual(['prod-a', 'prod-b', 'prod-c']);
});

test('an agent that is left out goes with all that is its own, and comes back whole', async () => {
  const w = await setUp();
  const detail = w.temp.store;
  await w.pass('');
  detail.write(() => {
    const agent = detail.agents.ensure('test-a');
    const [{ run_id: runId } = { run_id: '' }] = w.backend.runs('test-a');
    const [row] = w.rows(`select id from runs where run_id = '${runId}'`);
    detail.runEvents.put(Number(row?.id), [plainEvent(w.clock.now())]);
    detail.serverHealth.put(agent, '{}', w.clock.now());
  });
  await w.pass('!test-*');
  expect(w.held()).toEqual(['prod-a', 'prod-b', 'prod-c']);
  for (const table of ['runs', 'signals', 'sync_state', 'server_health', 'shared_ids', 'run_days', 'signal_days'])
    expect([table, w.rows(`select * from ${table} where agent not in (select id from agents)`)]).toEqual([table, []]);
  expect(w.rows('select * from run_events')).toEqual([]);
  expect(w.rows("select rowid from agents_fts where agents_fts match 'test'")).toEqual([]);
  // It is a choice: nothing counts as gone.
  expect(w.rows('select 1 from v_agents where gone_at is not null')).toEqual([]);
  expect(w.rows('pragma foreign_key_check')).toEqual([]);
  expect(wrongDays(w.temp.mirror.sqlite)).toEqual([]);
  expect(await w.check('!test-*')).toEqual([]);
  await w.pass('');
  expect(w.held()).toEqual(all);
  w.expectEqual(...all);
  expect(await w.check('')).toEqual([]);
  expect(readMirrorState(w.temp.mirror, {}, w.clock)).not.toHaveProperty('onlyAgents');
});

test('a run that a signal of a mirrored agent names stays, as that agent’s', async () => {
  const w = await setUp();
  await w.pass('');
  w.temp.mirror.sqlite.exec(`update signals set run = (select id from runs where run_id = 'run-7')
    where key = (select key from signals s join agents a on a.id = s.agent where a.agent_id = 'prod-a' limit 1)`);
  await w.pass('prod-*');
  expect(w.held()).toEqual(['prod-a', 'prod-b', 'prod-c']);
  expect(w.rows('pragma foreign_key_check')).toEqual([]);
});

test('records of other agents are dropped, those of all agents stay, and a list is read to its end where more come in', async () => {
  const w = await setUp();
  const page = (rows: readonly object[]) => ({
    conversations: rows,
    page: { total: rows.length, offset: 0, limit: 500, has_more: false },
  });
  const conversation = (id: number, agent_id: string) => ({
    id,
    agent_id,
    last_run_at: 1_779_000_000 + id,
    run_count: 1,
  });
  const policy = (id: number, agent_id: string) => ({
    id,
    agent_id,
    name: `p${id}`,
    condition: {},
    action: {},
    enabled: true,
  });
  w.backend.plainLists.set('/v1/policies', [policy(1, '*'), policy(2, 'prod-a'), policy(3, 'test-a')]);
  w.backend.plainLists.set(
    '/v1/conversations/search',
    page([conversation(3, 'test-b'), conversation(2, 'prod-a'), conversation(1, 'test-a')]),
  );
  w.backend.plainLists.set('/v1/agents/test-a/fixes', {
    fixes: [{ id: 5, failure_type: 'TOOL_LOOP', applied_at: 1e9 }],
  });
  const ids = (view: string) => w.rows(`select id from ${view} order by id`).map(({ id }) => id);
  await w.pass('prod-*');
  expect([ids('v_policies'), ids('v_conversations')]).toEqual([[1, 2], [2]]);
  expect(await w.check('prod-*')).toEqual([]);
  await w.pass('');
  expect([ids('v_policies'), ids('v_conversations'), ids('v_fixes')]).toEqual([[1, 2, 3], [1, 2, 3], [5]]);
  await w.pass('!test-a');
  expect([ids('v_policies'), ids('v_conversations'), ids('v_fixes')]).toEqual([[1, 2], [2, 3], []]);
  expect(w.rows("select rows from record_lists where list = 'conversations'")).toEqual([{ rows: 2 }]);
  expect(w.rows("select owner from record_lists where owner = 'test-a'")).toEqual([]);
});

test('a pass over an agent that is left out asks for nothing', async () => {
  const w = await setUp();
  await w.pass('prod-*');
  const asked = await w.requestsOf(async () => {
    await expect(w.pass('prod-*', { agentId: 'test-a' })).rejects.toThrow(
      'Agent "test-a" is not mirrored: DUNETRACE_AGENTS limits the mirror to prod-*.',
    );
  });
  expect(asked).toEqual([]);
});

test('agents that vanish upstream are gone, as always', async () => {
  const w = await setUp();
  await w.pass('prod-*');
  w.backend.wipe();
  w.add(3, 'prod-a', [loop]);
  w.add(3, 'test-a', [loop]);
  await w.pass('prod-*');
  await w.pass('prod-*');
  w.expectEqual('prod-a');
  expect(w.rows('select agent_id from v_agents where gone_at is not null order by 1')).toEqual([
    { agent_id: 'prod-b' },
    { agent_id: 'prod-c' },
  ]);
});

test('whatever was chosen before, a full pass makes the mirror the part of the API that is chosen now', async () => {
  const choice = fc.constantFrom('', 'prod-*', '!test-*', 'test-b', '*-a,!prod-a', 'none');
  const step = fc.oneof(
    fc.record({ pass: choice }),
    fc.record({ add: fc.constantFrom(...all), count: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ lose: fc.nat(50) }),
  );
  const history = fc.array(step, { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(history, choice, async (steps, last) => {
      const w = await setUp();
      for (const one of steps) {
        if ('pass' in one) await w.pass(one.pass);
        else if ('add' in one) w.add(one.count, one.add, [loop]);
        else {
          const ids = all.flatMap((agent) => w.backend.signals(agent).map(({ id }) => id));
          w.backend.deleteSignal(ids[one.lose % ids.length] ?? 1);
        }
      }
      await w.pass(last, { full: true });
      const chosen = all.filter(readAgentChoice(last).includes);
      expect(w.held()).toEqual(chosen);
      w.expectEqual(...chosen);
      expect(await w.check(last)).toEqual([]);
      expect(wrongDays(w.temp.mirror.sqlite)).toEqual([]);
      expect(w.rows('pragma foreign_key_check')).toEqual([]);
    }),
    { numRuns: cases({ short: 6, long: 300 }) },
  );
});
