import { expect, test } from 'vitest';
import { type Bend, startBentApi } from '../support/bent-api.ts';
import { isLong } from '../support/effort.ts';
import { createTestClient } from '../support/fake-customer-api.ts';
import { loop, setUpPasses } from '../support/passes.ts';

/** Three agents with 80 runs each, in pages of 15. */
async function setUp(ending: string, bend: Bend) {
  const w = await setUpPasses();
  for (const agentId of ['a', 'b', 'c']) w.add(80, agentId, [loop]);
  const api = await startBentApi(w.backend, ending, bend);
  return {
    ...w,
    asked: api.asked,
    pass: async (changes = {}) => {
      const client = createTestClient(api.url, w.clock);
      return w.pass(changes, { client }).finally(() => client.close());
    },
  };
}

const dropOffset = (query: URLSearchParams) => query.delete('offset');
const echoOffset: Bend['page'] = (page, query) => ({
  ...page,
  page: { ...page.page, offset: Number(query.get('offset')), has_more: true },
});
let grown = 0;

const endless: [string, Bend][] = [
  ['ignores the offset', { query: dropOffset }],
  ['ignores the offset, and says that it does not', { query: dropOffset, page: echoOffset }],
  [
    'gives the same rows for ever, of 1e15',
    {
      query: dropOffset,
      page: (page, query) => ({
        ...page,
        page: { ...page.page, offset: Number(query.get('offset')), total: 1e15, has_more: true },
      }),
    },
  ],
  [
    'gives the same rows for ever, of ever more',
    {
      query: dropOffset,
      page: (page, query) => {
        grown += 1000;
        return { ...page, page: { ...page.page, offset: Number(query.get('offset')), total: grown, has_more: true } };
      },
    },
  ],
  [
    'has all its rows, and says that 1e15 are to come',
    { page: (page) => ({ ...page, page: { ...page.page, total: 1e15, has_more: true } }) },
  ],
  [
    'is served by a cache that drops the query',
    {
      query: (query) => {
        query.delete('offset');
        query.delete('limit');
      },
    },
  ],
  [
    'gives more rows than it is asked for',
    { query: (query) => query.set('limit', '400'), page: (page) => ({ ...page, page: { ...page.page, limit: 15 } }) },
  ],
];

test.each(endless)(
  'a list of runs that %s is told of as ill, and keeps nothing else from being read',
  async (_, bend) => {
    const w = await setUp('/a/runs', bend);
    const { failures } = await w.pass();
    expect(failures).toMatchObject([{ agentId: 'a', list: 'runs', kind: 'ill_list' }]);
    expect(w.asked.filter((path) => path.startsWith('/v1/agents/a/runs')).length).toBeLessThan(160);
    w.expectEqual('b', 'c');
    const [row] = w.rows(
      "select error_kind, completed_at from sync_state where list = 'runs' and agent = (select id from agents where agent_id = 'a')",
    );
    expect(row).toMatchObject({ error_kind: 'ill_list', completed_at: null });
  },
);

test.each(isLong ? endless : endless.slice(0, 3))(
  'an agents list that %s is told of as ill, and what it shows is mirrored',
  async (what, bend) => {
    const w = await setUp('/agents', bend);
    for (let n = 0; n < 20; n += 1) w.add(1, `more-${n}`);
    const { failures } = await w.pass();
    expect(failures).toMatchObject([{ agentId: null, list: 'agents', kind: 'ill_list' }]);
    expect(w.asked.filter((path) => path.startsWith('/v1/agents ')).length).toBeLessThan(80);
    expect(w.temp.store.syncState.fleet()).toMatchObject({ errorKind: 'ill_list', syncedAt: null });
    const listed = w.rows('select agent_id from agents').map((row) => String(row.agent_id));
    expect(listed.length).toBe(
      what.includes('more rows than') || what.includes('a cache') ? 0 : what.includes('all its rows') ? 23 : 15,
    );
    w.expectEqual(...listed);
  },
);

test('an agents list that is ill leaves the known agents to be read, and none is taken for gone', async () => {
  let isIll = false;
  const w = await setUp('/agents', { page: (page) => (isIll ? { ...page, page: { ...page.page, offset: 7 } } : page) });
  await w.pass();
  w.expectEqual('a', 'b', 'c');
  isIll = true;
  w.clock.advance(60);
  w.add(20, 'b', [loop]);
  await w.pass();
  w.expectEqual('a', 'b', 'c');
  expect(w.rows('select * from agents where gone_at is not null')).toEqual([]);
  isIll = false;
  expect(await w.pass()).toMatchObject({ failures: [] });
  expect(w.temp.store.syncState.fleet()).toMatchObject({ errorKind: null });
});

test.each(isLong ? [1, 3, 10] : [3])('lists of pages of %i rows at most are read whole, and again', async (most) => {
  const cap = (query: URLSearchParams) => query.set('limit', String(Math.min(most, Number(query.get('limit')))));
  const w = await setUp('', { query: cap });
  expect(await w.pass()).toMatchObject({ agents: 3, failures: [] });
  w.expectEqual('a', 'b', 'c');
  w.add(30, 'b', [loop]);
  w.clock.advance(60);
  expect(await w.pass()).toMatchObject({ failures: [] });
  w.backend.dropRun('run-100');
  expect(await w.pass({ full: true })).toMatchObject({ failures: [] });
  w.expectEqual('a', 'b', 'c');
});

test('smaller pages that do not say so are read whole', async () => {
  const cap = (query: URLSearchParams) => query.set('limit', '10');
  const w = await setUp('', {
    query: cap,
    page: (page, query) => ({ ...page, page: { ...page.page, limit: Number(query.get('limit')) } }),
  });
  expect(await w.pass()).toMatchObject({ failures: [] });
  w.expectEqual('a', 'b', 'c');
});

test('a page whose rows change at each look comes to an end', async () => {
  let turn = 0;
  const w = await setUp('/a/signals', {
    query: (query) => {
      turn += 1;
      query.set('offset', String((Number(query.get('offset')) * 31 + turn * 17) % 80));
    },
    page: echoOffset,
  });
  const { failures } = await w.pass();
  expect(failures).toMatchObject([{ agentId: 'a', list: 'signals', kind: 'ill_list' }]);
  w.expectEqual('b', 'c');
});

test('lists that always say that more are to come are read to their end, and are not ill', async () => {
  const w = await setUp('', { page: (page) => ({ ...page, page: { ...page.page, has_more: true } }) });
  for (const full of [false, true]) {
    expect(await w.pass({ full })).toMatchObject({ agents: 3, failures: [] });
    w.expectEqual('a', 'b', 'c');
  }
  expect(w.asked.length).toBeLessThan(400);
});

test('an agents list that tells of fewer agents than it shows loses none', async () => {
  const w = await setUp('/agents', { page: (page) => ({ ...page, page: { ...page.page, total: 3 } }) });
  for (let n = 0; n < 40; n += 1) w.add(1, `more-${n}`);
  expect(await w.pass()).toMatchObject({ agents: 43 });
  expect(await w.pass({ full: true })).toMatchObject({ agents: 43 });
  expect(w.rows('select * from agents where gone_at is not null')).toEqual([]);
});
