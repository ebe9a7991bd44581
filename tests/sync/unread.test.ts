import { expect, test } from 'vitest';
import { z } from 'zod';
import type { ListName } from '../../src/lists/names.ts';
import { startBentApi } from '../support/bent-api.ts';
import { createTestClient } from '../support/fake-customer-api.ts';
import { loop, setUpPasses } from '../support/passes.ts';
import { type Spoiling, spoil } from '../support/spoil.ts';

/** An invariant of docs/architecture.md: nothing unread is gone. */

async function setUp(rows = 40) {
  const w = await setUpPasses();
  w.add(rows, 'a', [loop]);
  w.clock.advance(1000);
  await w.pass();
  w.expectEqual('a');
  const state = (list: ListName, agentId = 'a') =>
    w.temp.store.syncState.read(w.temp.store.agents.find(agentId)?.id ?? 0, list);
  return {
    ...w,
    state,
    gone: (list: ListName) => w.rows(`select * from v_${list} where gone_at is not null`).length,
    /** Lists rows of which these can't be read. */
    spoil: (list: ListName, ids: readonly (string | number)[], how: Spoiling) =>
      w.api.rewrite(spoil((of, id) => (of === list && ids.map(String).includes(id) ? how : undefined))),
  };
}

test('ids that are whole numbers in a text are numbers', async () => {
  const w = await setUp();
  const asText = z.object({ signals: z.array(z.looseObject({ id: z.number().transform(String) })) });
  w.api.rewrite((body) => {
    const parsed = asText.safeParse(body);
    return parsed.success ? { ...z.looseObject({}).parse(body), ...parsed.data } : body;
  });
  await w.pass({ full: true });
  w.expectEqual('a');
  expect(w.state('signals')).toMatchObject({ rows: 40, deficit: 0, unread: 0 });
});

test('a row that a list counts and does not show stays live, however often the list is read', async () => {
  const w = await setUp();
  const [hidden] = w.backend.signals('a').map(({ id }) => id);
  const withSignals = z.object({ signals: z.array(z.looseObject({ id: z.number() })) });
  w.api.rewrite((body) => {
    const parsed = withSignals.safeParse(body);
    if (!parsed.success) return body;
    return { ...z.looseObject({}).parse(body), signals: parsed.data.signals.filter(({ id }) => id !== hidden) };
  });
  for (const full of [true, true, false, true]) {
    await w.pass({ full });
    expect(w.gone('signals')).toBe(0);
    expect(w.rows('select * from v_signals')).toHaveLength(40);
  }
  w.api.rewrite(undefined);
  await w.pass({ full: true });
  w.expectEqual('a');
});

test.each(['keyed', 'nameless'] as const)(
  'a list of which no row can be read any more stays as it was: %s',
  async (how) => {
    const w = await setUp();
    const all = w.backend.signals('a').map(({ id }) => id);
    w.spoil('signals', all, how);
    for (const full of [true, false, true]) {
      await w.pass({ full });
      w.expectEqual('a');
      expect(w.state('signals')).toMatchObject({ rows: 40, deficit: 0, unread: 40 });
    }
    expect(w.state('signals').unreadShape).toContain('detected_at');
    expect(w.state('signals').unreadShape).not.toContain('2026');
    w.api.rewrite(undefined);
    await w.pass({ full: true });
    w.expectEqual('a');
    expect(w.state('signals')).toMatchObject({ rows: 40, deficit: 0, unread: 0, unreadShape: null });
  },
);

test.each(['keyed', 'nameless'] as const)(
  'one unread row keeps no other from being marked as gone, if it is known: %s',
  async (how) => {
    const w = await setUp();
    w.spoil('signals', [10], how);
    w.backend.deleteSignal(20);
    w.backend.deleteSignal(30);
    await w.pass({ full: true });
    // Of three that are not seen, one may be the nameless one.
    expect(w.gone('signals')).toBe(how === 'keyed' ? 2 : 0);
    expect(w.state('signals')).toMatchObject({ unread: 1, rows: how === 'keyed' ? 38 : 40 });
    expect(w.ids('signals', 'a')).toContain('10');
    w.api.rewrite(undefined);
    await w.pass({ full: true });
    w.expectEqual('a');
    expect(w.gone('signals')).toBe(2);
  },
);

test.each(['keyed', 'nameless'] as const)('live and unread rows together are what the API counts: %s', async (how) => {
  const w = await setUpPasses();
  w.add(40, 'a', [loop]);
  w.api.rewrite(spoil((list, id) => (list !== 'agents' && id.endsWith('7') ? how : undefined)));
  await w.pass();
  for (const list of ['runs', 'signals'] as const) {
    const { rows, unread, deficit } = w.temp.store.syncState.read(1, list);
    expect({ list, rows, unread, deficit }).toEqual({ list, rows: 36, unread: 4, deficit: 4 });
  }
  w.api.rewrite(undefined);
  await w.pass({ rereads: true });
  w.expectEqual('a');
  expect(w.temp.store.syncState.read(1, 'runs')).toMatchObject({ unread: 0, rows: 40 });
});

test('rows that upstream dropped at its end are not marked where one there can not be read', async () => {
  const w = await setUp();
  const runs = w.backend.runs('a').map(({ run_id }) => run_id);
  const [last = '', before = ''] = runs.toReversed();
  w.backend.dropRun(last);
  w.spoil('runs', [before], 'nameless');
  w.add(1, 'a', []);
  await w.pass();
  expect(w.ids('runs', 'a')).toContain(before);
  expect(w.state('runs').unread).toBe(1);
});

test('an agent whose row can not be read is neither gone nor left alone', async () => {
  const w = await setUp();
  w.add(2, 'b', [loop]);
  w.api.rewrite(spoil((list) => (list === 'agents' ? 'keyed' : undefined)));
  w.clock.advance(1000);
  expect(await w.pass()).toMatchObject({ agents: 2 });
  w.expectEqual('a', 'b');
  expect(w.rows('select * from v_agents where gone_at is not null')).toEqual([]);
  expect(w.temp.store.syncState.fleet()).toMatchObject({
    unreadAgents: 2,
    unreadShape: expect.stringContaining('last_seen'),
  });
  w.add(1, 'a', [loop]);
  w.clock.advance(1000);
  await w.pass();
  w.expectEqual('a', 'b');
  w.api.rewrite(spoil((list) => (list === 'agents' ? 'nameless' : undefined)));
  await w.pass();
  expect(w.rows('select * from v_agents where gone_at is not null')).toEqual([]);
  w.api.rewrite(undefined);
  await w.pass();
  expect(w.temp.store.syncState.fleet()).toMatchObject({ unreadAgents: 0, unreadShape: null });
});

test('what could not be read is read again by and by, and at once where the top of the list tells', async () => {
  const w = await setUp(100);
  const [top = 0] = w.backend.signals('a').map(({ id }) => id);
  const poll = { idlePages: 20 };
  const polling = { fullSyncSeconds: 86_400, settleSeconds: 1e9 };
  w.spoil('signals', [top, 1], 'nameless');
  await w.pass({ full: true });
  w.api.rewrite(undefined);
  await w.pass(poll, polling);
  expect(w.state('signals').unread).toBe(2);
  w.clock.advance(1200);
  await w.pass(poll, polling);
  expect(w.state('signals').unread).toBe(0);
  w.expectEqual('a');
  const all = w.backend.signals('a').map(({ id }) => id);
  w.spoil('signals', all, 'keyed');
  await w.pass({ full: true });
  expect(w.state('signals').unread).toBe(100);
  w.api.rewrite(undefined);
  await w.pass({}, polling);
  expect(w.state('signals').unread).toBe(0);
});

test('whoever waits for a refresh has what could not be read looked at again, however long the list', async () => {
  const w = await setUp(100);
  w.spoil('signals', [3, 50], 'keyed');
  await w.pass({ full: true });
  w.api.rewrite(undefined);
  await w.pass({ idlePages: 0 });
  expect(w.state('signals').unread).toBe(2);
  await w.pass({ idlePages: 0, rereads: true });
  expect(w.state('signals')).toMatchObject({ unread: 0, phase: { is: 'whole' } });
});

test.each([
  ['more', 5],
  ['fewer', -5],
])('a list that tells of %s rows than it shows is not whole, and loses none', async (_, by) => {
  const w = await setUp();
  const api = await startBentApi(w.backend, '/a/signals', {
    page: (page) => ({ ...page, page: { ...page.page, total: page.page.total + by } }),
  });
  const client = createTestClient(api.url, w.clock);
  await w.pass({ full: true }, { client }).finally(() => client.close());
  w.expectEqual('a');
  expect(w.state('signals')).toMatchObject({
    rows: 40,
    unread: 5,
    unreadShape: `the list has a total of ${40 + by} rows and shows 40`,
  });
  await w.pass({ full: true });
  expect(w.state('signals')).toMatchObject({ rows: 40, unread: 0, unreadShape: null });
});
