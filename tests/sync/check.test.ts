import { expect, test } from 'vitest';
import { z } from 'zod';
import { type CheckOptions, checkAgainstApi, pagesOf } from '../../src/sync/check.ts';
import { checkLines } from '../../src/text/check.ts';
import { startBentApi } from '../support/bent-api.ts';
import { createTestClient } from '../support/fake-customer-api.ts';
import { loop, pageSize, setUpPasses } from '../support/passes.ts';
import { spoil } from '../support/spoil.ts';

async function setUp() {
  const w = await setUpPasses();
  w.add(40, 'a', [loop], { totalTokens: 7, costUsd: 0.1 });
  w.add(3, 'b', [loop]);
  await w.pass({ full: true });
  const check = async (options: CheckOptions = {}) => {
    const client = createTestClient(w.api.url, w.clock);
    const before = w.temp.mirror.sqlite.pragma('data_version', { simple: true });
    const deps = { client, reader: w.temp.mirror, random: () => 0.5, pageSize };
    const summary = await checkAgainstApi(deps, options).finally(() => client.close());
    expect(w.temp.mirror.sqlite.pragma('data_version', { simple: true })).toBe(before);
    return summary;
  };
  const found = async (options?: CheckOptions) =>
    (await check(options)).lists.flatMap(({ agentId, list, differences }) =>
      differences.map(({ kind, id, field }) => [agentId, list, kind, id, field]),
    );
  return { ...w, check, found };
}

test('an equal mirror has no differences, with rows whose events are gone too', async () => {
  const w = await setUp();
  w.backend.expireEvents('run-3');
  await w.pass({ full: true });
  const summary = await w.check();
  // The agents twice: for their ids, and for their rows.
  expect(summary).toEqual({
    rows: { agents: 2, runs: 43, signals: 43 },
    requests: 10,
    lists: [],
    failures: [],
  });
  expect(checkLines(summary)).toEqual([
    'Compared: 2 agents, 43 runs and 43 signals of the API with the mirror, in 10 requests',
    'Differences: none',
  ]);
});

test('each difference is told by its list and field', async () => {
  const w = await setUp();
  w.backend.setAlerted(5);
  w.backend.deleteSignal(7);
  w.backend.analyse('run-9', [{ ...loop, detectedAt: w.clock.now() }]);
  w.temp.mirror.sqlite.exec(`update runs set total_tokens = 8, gone_at = null where run_id = 'run-2'`);
  w.temp.mirror.sqlite.exec(`insert into explanations select null, x'02', failure_type, null, what, why_it_matters, evidence_summary, suggested_fixes
      from explanations where id = (select explanation from signals where key = -6);
    update signals set explanation = last_insert_rowid() where key = -6`);
  const all = await w.found();
  const of = (list: string) => all.filter(([, one]) => one === list);
  expect(of('signals').toSorted()).toEqual([
    ['a', 'signals', 'differs', '5', 'alerted'],
    ['a', 'signals', 'differs', '6', 'title'],
    ['a', 'signals', 'missing', '44', null],
    ['a', 'signals', 'surplus', '7', null],
  ]);
  expect(of('runs')).toEqual(
    expect.arrayContaining([
      ['a', 'runs', 'differs', 'run-2', 'total_tokens'],
      ['a', 'runs', 'differs', 'run-9', 'signal_count'],
    ]),
  );
  const fields = ['total_tokens', 'signal_count', 'has_signals', 'signal_count'];
  expect(
    of('runs')
      .map(([, , , , field]) => field)
      .toSorted(),
  ).toEqual(fields.toSorted());
  expect(checkLines(await w.check({ agentId: 'a' })).join('\n')).toContain('signals of a: only the API has 1 row (44)');
  await w.pass({ full: true });
  expect(await w.found()).toEqual([]);
});

test('what is there for one look alone is not told', async () => {
  const w = await setUp();
  w.backend.setAlerted(5);
  let looks = 0;
  w.api.watch(({ path }) => {
    if (!path.endsWith('/a/signals')) return;
    looks += 1;
    // Between the two looks somebody brings the mirror up to date.
    if (looks === 4) w.temp.mirror.sqlite.exec('update signals set alerted = 1 where key = -5');
  });
  expect(await w.found()).toEqual([]);
  expect(looks).toBe(6);
});

test.each(['keyed', 'nameless'] as const)(
  'rows that can not be read are differences, and no proof of others: %s',
  async (how) => {
    const w = await setUp();
    w.api.rewrite(spoil((list, id) => (list === 'signals' && id === '5' ? how : undefined)));
    const found = await w.found();
    expect(found).toEqual([['a', 'signals', 'unread', expect.any(String), expect.stringContaining('detected_at')]]);
    if (how === 'keyed') expect(found[0]?.[3]).toBe('5');
  },
);

test('a sample reads the first page and some others', async () => {
  const w = await setUp();
  const asked = await w.requestsOf(() => w.check({ sample: 2, agentId: 'a' }));
  expect(asked.filter((path) => path.includes('/runs'))).toEqual(['/v1/agents/a/runs 0', '/v1/agents/a/runs 30']);
  expect([...pagesOf(10, 3, () => 0)]).toEqual([0, 3, 6]);
  expect([...pagesOf(10, 3, () => 0.999)]).toEqual([0, 6, 9]);
  expect([...pagesOf(3, 9, () => 0.5)]).toEqual([0, 1, 2]);
});

test('a list that claims rows without end is told, and the others are compared', async () => {
  const w = await setUp();
  const endless = z.looseObject({ runs: z.array(z.unknown()), page: z.looseObject({}) });
  w.api.rewrite((body) => {
    const parsed = endless.safeParse(body);
    return parsed.success ? { ...parsed.data, page: { ...parsed.data.page, total: 1e15, has_more: true } } : body;
  });
  const { failures, lists, requests } = await w.check();
  expect(failures.map(({ agentId, list, kind }) => [agentId, list, kind]).toSorted()).toEqual([
    ['a', 'runs', 'bad_answer'],
    ['b', 'runs', 'bad_answer'],
  ]);
  expect(lists).toEqual([]);
  expect(requests).toBeLessThan(20);
});

test('an agent that nobody knows is an error', async () => {
  const w = await setUp();
  await expect(w.check({ agentId: 'nobody' })).rejects.toThrow('nobody');
});

test('pages that are smaller than asked for are compared whole', async () => {
  const w = await setUp();
  const api = await startBentApi(w.backend, '', {
    query: (query) => query.set('limit', String(Math.min(4, Number(query.get('limit'))))),
  });
  const client = createTestClient(api.url, w.clock);
  const deps = { client, reader: w.temp.mirror, random: () => 0.5, pageSize };
  const summary = await checkAgainstApi(deps).finally(() => client.close());
  expect(summary).toMatchObject({ rows: { agents: 2, runs: 43, signals: 43 }, lists: [], failures: [] });
});
