import { expect, test } from 'vitest';
import { z } from 'zod';
import { loop, setUpPasses } from '../support/passes.ts';

/** Two agents that share ids, and what is proof of a wiped backend. */

const page = z.looseObject({ signals: z.array(z.looseObject({ id: z.number(), agent_id: z.string() })) });

/** Agents `a` and `b` with signals 1 to 40 and 41 to 80; `twins` are ids of b's that are sent as others. */
async function setUp() {
  const w = await setUpPasses();
  w.add(40, 'a', [loop]);
  w.add(40, 'b', [loop]);
  const state = (agentId: string) => w.temp.store.syncState.read(w.temp.store.agents.find(agentId)?.id ?? 0, 'signals');
  const poll = async () => {
    const asked = await w.requestsOf(() => w.pass({ idlePages: 10 }, { settleSeconds: 1e9, fullSyncSeconds: 86_400 }));
    return asked.length;
  };
  const rename = (idOf: (id: number) => number) =>
    w.api.rewrite((body) => {
      const parsed = page.safeParse(body);
      if (!parsed.success) return body;
      const signals = parsed.data.signals.map((row) => (row.agent_id === 'b' ? { ...row, id: idOf(row.id) } : row));
      return { ...parsed.data, signals };
    });
  return { ...w, state, poll, rename };
}

/** Polls until nothing is left to settle, a bounded number of times; what the polls after that take. */
async function settled(w: Awaited<ReturnType<typeof setUp>>): Promise<number[]> {
  for (let n = 0; n < 3; n += 1) await w.poll();
  return [await w.poll(), await w.poll(), await w.poll()];
}

test.each([
  ['one', (id: number) => (id === 50 ? 7 : id)],
  ['two', (id: number) => (id === 50 || id === 70 ? id - 43 : id)],
  ['many', (id: number) => (id < 60 ? id - 40 : id)],
  ['all', (id: number) => id - 40],
])('%s shared id costs no more than it must, swings nothing, and is told', async (_, idOf) => {
  const w = await setUp();
  await w.pass();
  w.expectEqual('a', 'b');
  w.rename(idOf);
  await w.pass({ full: true });
  const polls = await settled(w);
  // The agents list, and the top of each of four lists.
  for (const requests of polls) expect(requests).toBeLessThanOrEqual(5);
  const shared = w.backend.signals('b').filter(({ id }) => idOf(id) !== id).length;
  const [a, b] = [w.state('a'), w.state('b')];
  expect(a.unread + b.unread).toBe(shared);
  expect(a.rows + b.rows).toBe(80 - shared);
  expect([a, b].find(({ unread }) => unread > 0)?.unreadShape).toContain("id is also another agent's");
  const before = w.rows('select id, agent_id from v_signals order by id');
  await w.poll();
  expect(w.rows('select id, agent_id from v_signals order by id')).toEqual(before);
  w.rename((id) => id);
  await w.pass({ full: true });
  await w.pass({ full: true });
  w.expectEqual('a', 'b');
  expect([w.state('a').unread, w.state('b').unread]).toEqual([0, 0]);
});

test('agents that share ids from the first sync on settle too', async () => {
  const w = await setUp();
  w.rename((id) => id - 40);
  const polls = await settled(w);
  for (const requests of polls) expect(requests).toBeLessThanOrEqual(5);
  expect(w.state('a').rows + w.state('b').rows).toBe(40);
  // New signals that share ids come in: no proof of a wipe any more.
  w.add(4, 'a', [loop]);
  w.add(4, 'b', [loop]);
  w.rename((id) => (id > 84 ? id - 4 : id - 40));
  await w.poll();
  await w.poll();
  expect(w.temp.store.syncState.isReplacing()).toBe(false);
  expect(w.rows('select * from v_signals where gone_at is not null')).toEqual([]);
  expect(await w.poll()).toBeLessThanOrEqual(5);
});

test('two agents that share a run id settle too', async () => {
  const w = await setUp();
  const runs = z.looseObject({ runs: z.array(z.looseObject({ run_id: z.string() })) });
  w.api.rewrite((body) => {
    const parsed = runs.safeParse(body);
    if (!parsed.success) return body;
    const change = (id: string) => (id === 'run-45' ? 'run-5' : id);
    return { ...parsed.data, runs: parsed.data.runs.map((row) => ({ ...row, run_id: change(row.run_id) })) };
  });
  const polls = await settled(w);
  for (const requests of polls) expect(requests).toBeLessThanOrEqual(5);
  const [a, b] = ['a', 'b'].map((id) => w.temp.store.syncState.read(w.temp.store.agents.find(id)?.id ?? 0, 'runs'));
  expect([a?.rows, b?.rows, a?.unread, b?.unread].toSorted()).toEqual([0, 1, 39, 40]);
});

test('one row that changes is replaced at once, and nothing else is touched', async () => {
  const w = await setUp();
  await w.pass();
  const page2 = z.looseObject({ signals: z.array(z.looseObject({ id: z.number(), detected_at: z.number() })) });
  w.api.rewrite((body) => {
    const parsed = page2.safeParse(body);
    if (!parsed.success) return body;
    const moved = (id: number, at: number) => (id === 40 ? at + 0.5 : at);
    const signals = parsed.data.signals.map((row) => ({ ...row, detected_at: moved(row.id, row.detected_at) }));
    return { ...parsed.data, signals };
  });
  const at = () => w.rows('select detected_at from v_signals where id = 40')[0]?.detected_at;
  const before = Number(at());
  // The second page of one list, as the changed row may be new.
  expect(await w.poll()).toBeLessThanOrEqual(6);
  expect(at()).toBe(before + 0.5);
  expect(w.rows('select * from v_signals where gone_at is not null')).toEqual([]);
  w.expectEqual('a', 'b');
});

test('a wiped backend with one signal is one', async () => {
  const w = await setUp();
  await w.pass();
  w.backend.wipe();
  w.add(1, 'a', [loop]);
  await w.poll();
  w.expectEqual('a', 'b');
  expect(w.rows('select id from v_signals')).toEqual([{ id: 1 }]);
});
