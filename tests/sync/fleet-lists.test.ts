import { expect, test } from 'vitest';
import { loop, setUpPasses } from '../support/passes.ts';

const agents = ['a', 'b', 'c', 'd', 'e', 'f'];

/** A mirror that equals an API of six agents, and knows that it has lists of all of them. */
async function setUp(generation: 1 | 2 | 3 = 3) {
  const w = await setUpPasses({ generation });
  for (const agent of agents) w.add(20, agent, [loop]);
  // The first pass fills it; two more find that all agents' lists together are the list of all agents.
  for (let passes = 0; passes < 3; passes += 1) await w.pass();
  /** A request as its path, and what it asks for besides. */
  const requests = async (options: Parameters<typeof w.pass>[0] = {}) => {
    const before = w.api.requests.length;
    await w.pass(options);
    return w.api.requests.slice(before).map(({ path, query }) => {
      const explain = query.get('explain') === null ? '' : ' light';
      return `${path}${query.get('agent_id') === null ? '' : ` ${query.get('agent_id')}`}${explain}`;
    });
  };
  return { ...w, requests, expectAll: () => w.expectEqual(...agents) };
}

const quiet = ['/v1/agents', '/v1/runs', '/v1/signals light'];

test('a poll costs the same few requests however many agents have moved', async () => {
  const w = await setUp();
  expect(await w.requests()).toEqual(quiet);
  w.add(1, 'a');
  w.add(1, 'f');
  expect(await w.requests()).toEqual(quiet);
  w.expectAll();
  // With these, a page of the test's length still ends in ten rows that are known.
  for (const agent of agents.slice(1)) w.add(1, agent, [loop]);
  expect(await w.requests()).toEqual([...quiet, '/v1/signals']);
  w.expectAll();
});

test('new signals have their texts, and what has changed of known ones is brought', async () => {
  const w = await setUp();
  w.add(1, 'b', [loop]);
  const [{ id } = { id: 0 }] = w.backend.signals('f');
  w.backend.setAlerted(Number(id));
  await w.requests();
  expect(w.rows('select count(*) as n from v_signals where what is null or what = ""'.replaceAll('"', "'"))).toEqual([
    { n: 0 },
  ]);
  expect(w.rows('select id from v_signals where alerted')).toEqual([{ id }]);
});

test('more news than a page holds are read agent by agent, and lose nothing', async () => {
  const w = await setUp();
  for (const agent of agents) w.add(12, agent, [loop]);
  const asked = await w.requests();
  expect(asked).toContain('/v1/agents/f/signals');
  w.expectAll();
  // The next one finds by the agents' lists that nothing came meanwhile; from then on their common list will do again.
  await w.pass();
  w.add(1, 'a', [loop]);
  expect(await w.requests()).toEqual([...quiet, '/v1/signals']);
  w.expectAll();
});

test('rows that vanish further down are noticed by the total', async () => {
  const w = await setUp();
  w.add(1, 'b', [loop]);
  w.backend.deleteSignal(3);
  const asked = await w.requests();
  expect(asked.filter((path) => path.startsWith('/v1/agents/'))).not.toEqual([]);
  await w.pass({ full: true });
  w.expectAll();
});

test('a new agent is filled on its own, and then counts as any other', async () => {
  const w = await setUp();
  w.add(30, 'new', [loop]);
  expect(await w.requests()).toContain('/v1/agents/new/runs');
  w.expectEqual(...agents, 'new');
  await w.pass();
  w.add(1, 'new', [loop]);
  w.add(1, 'a', [loop]);
  expect(await w.requests()).toEqual([...quiet, '/v1/signals']);
  w.expectEqual(...agents, 'new');
});

test('a row that can not be read sends the pass to the lists of the agents', async () => {
  const w = await setUp();
  w.add(1, 'b', [loop]);
  w.api.rewrite((body) => JSON.parse(JSON.stringify(body).replace('"severity":"HIGH"', '"severity":7')));
  await w.requests();
  expect(w.rows('select sum(unread) > 0 as unread from sync_state')).toEqual([{ unread: 1 }]);
  w.api.rewrite(undefined);
  await w.pass({ rereads: true });
  w.expectAll();
});

test.each([
  ['fails', { kind: 'status', status: 500 }],
  ['is not there any more', { kind: 'status', status: 404 }],
  ['has another shape', { kind: 'wrong shape' }],
] as const)('where the list of all agents %s, the agents are read one by one', async (_, fault) => {
  const w = await setUp();
  w.add(1, 'b', [loop]);
  w.api.fail(fault, { times: 1000, when: ({ path }) => path === '/v1/runs' || path === '/v1/signals' });
  expect(await w.requests()).toContain('/v1/agents/b/runs');
  w.expectAll();
});

test('an older API is asked for such a list once a day, to learn that it has none', async () => {
  const w = await setUp(2);
  w.add(1, 'b', [loop]);
  expect(await w.requests()).not.toContain('/v1/runs');
  w.expectAll();
});

test('a wiped backend is noticed as before', async () => {
  const w = await setUp();
  w.backend.wipe();
  for (const agent of agents) w.add(3, agent, [loop]);
  await w.pass();
  await w.pass();
  w.expectAll();
});

test.each(['team/agent', '..', '.'])(
  'the lists of an agent called %j are read by its id as a parameter',
  async (agent) => {
    const w = await setUp();
    w.add(20, agent, [loop]);
    expect(await w.requests()).toContain(`/v1/runs ${agent}`);
    w.expectEqual(...agents, agent);
    await w.pass();
    w.add(1, agent, [loop]);
    expect(await w.requests()).toEqual([...quiet, '/v1/signals']);
    w.expectEqual(...agents, agent);
  },
);

test('rows that vanish while the lists of the agents are read are noticed by the next pass', async () => {
  const w = await setUpPasses({ generation: 3 });
  for (const agent of agents) w.add(20, agent, [loop]);
  await w.pass();
  // After the lists of the agents were read, and before the look at their common list.
  const stop = w.api.watch(({ path }) => {
    if (path === '/v1/runs') w.backend.dropRun('run-1');
  });
  await w.pass();
  stop();
  await w.pass();
  w.expectEqual(...agents);
});

test('runs that went up below the new rows of another agent are followed', async () => {
  const w = await setUp();
  w.backend.addLateEvents('run-120', [
    { event_type: 'tool.called', step_index: 9, timestamp: w.clock.now(), payload: {}, parent_run_id: null },
  ]);
  w.backend.analyse('run-120', []);
  // A question had these rows brought before the poll looks.
  w.add(20, 'a', [loop]);
  await w.pass({ agentId: 'a' });
  await w.pass();
  expect(w.rows("select step_count from v_runs where run_id = 'run-120'")).toEqual([{ step_count: 9 }]);
});
