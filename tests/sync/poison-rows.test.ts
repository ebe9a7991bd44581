import { expect, test } from 'vitest';
import { type Bend, startBentApi } from '../support/bent-api.ts';
import { createTestClient } from '../support/fake-customer-api.ts';
import { loop, setUpPasses } from '../support/passes.ts';

const failsAt =
  (poison: RegExp, sent: number | string): NonNullable<Bend['page']> =>
  (page) =>
    poison.test(JSON.stringify(page)) ? sent : page;

test.each([
  ['answers 500', 500],
  ['answers 503', 503],
  ['sends half a body', '{"runs": [{"run_id": "run-'],
])(
  'of a list where the API %s for any page with one row of it, the rest is mirrored, without waits',
  async (_, sent) => {
    const w = await setUpPasses();
    for (const agentId of ['a', 'b']) w.add(50, agentId, [loop]);
    const api = await startBentApi(w.backend, '', { page: failsAt(/"run-(20|77)"/, sent) });
    const client = createTestClient(api.url, w.clock);
    const before = w.clock.monotonic();
    const { failures, badRows } = await w.pass({}, { client });
    await client.close();
    expect(failures).toEqual([]);
    // Two runs, and the signal of each.
    expect(badRows).toBe(4);
    // A pass of these tests begins a second after what came before; nothing else has slept.
    expect(w.clock.monotonic() - before).toBe(1000);
    for (const [agentId, poison] of [
      ['a', 'run-20'],
      ['b', 'run-77'],
    ] as const) {
      const runs = w.backend.runs(agentId).map(({ run_id }) => run_id);
      expect(w.ids('runs', agentId)).toEqual(runs.filter((id) => id !== poison).sort());
      expect(w.ids('signals', agentId)).toHaveLength(49);
    }
  },
);

test('of an agents list that the API fails at for one agent, the other agents are mirrored', async () => {
  const w = await setUpPasses();
  for (let n = 0; n < 40; n += 1) w.add(1, `agent-${n}`, [loop]);
  const isAgents: Bend['page'] = (page, ...asked) =>
    'agents' in page ? failsAt(/"agent-13"/, 500)(page, ...asked) : page;
  const api = await startBentApi(w.backend, '', { page: isAgents });
  const client = createTestClient(api.url, w.clock);
  expect(await w.pass({}, { client })).toMatchObject({ agents: 39, badRows: 1, failures: [] });
  await client.close();
  w.expectEqual('agent-0', 'agent-12', 'agent-14', 'agent-39');
});
