import { describe, expect, test } from 'vitest';
import { type AgentFacts, type AgentPlace, agentSorts, comparePlaces, placeOf } from '../../src/queries/agent-order.ts';
import { orderedAgents } from '../../src/queries/agents.ts';
import { loop, setUpPasses } from '../support/passes.ts';

const hour = 3600;

const quiet: AgentFacts['news'] = { signals: 0, critical: 0, high: 0, firstTypes: [], risen: undefined };
const risen = { before: { hits: 1, total: 50 }, after: { hits: 20, total: 40 } };

const facts = (agentId: string, news: Partial<AgentFacts['news']>, own: Partial<AgentFacts> = {}): AgentFacts => ({
  ...{ agentId, signalCount: 0, criticalCount: 0, highCount: 0, lastSeen: 100 },
  ...own,
  news: { ...quiet, ...news },
});

const sorted = (sort: (typeof agentSorts)[number], agents: readonly AgentFacts[]) =>
  agents
    .map((agent) => placeOf(sort, agent))
    .sort(comparePlaces)
    .map(({ agentId }) => agentId);

describe('by gravity', () => {
  test('who fails in a new way and more often goes first, then who does either, then new signals by severity', () => {
    const agents = [
      facts('z-old', {}, { signalCount: 900, criticalCount: 9 }),
      facts('a-old', {}, { signalCount: 1 }),
      facts('low', { signals: 50 }),
      facts('high', { signals: 2, high: 1 }),
      facts('critical', { signals: 1, critical: 1 }),
      facts('first', { signals: 1, firstTypes: ['TOOL_LOOP'] }),
      facts('risen', { signals: 20, risen }),
      facts('both', { signals: 1, firstTypes: ['TOOL_LOOP'], risen }),
    ];
    const order = ['both', 'risen', 'first', 'critical', 'high', 'low', 'z-old', 'a-old'];
    expect(sorted('gravity', agents)).toEqual(order);
    expect(sorted('gravity', agents.toReversed())).toEqual(order);
  });
});

test('by name, when last seen, and signals; those alike by name', () => {
  const agents = [
    facts('b', { critical: 9 }, { signalCount: 1, lastSeen: null }),
    facts('a', {}, { signalCount: 1, lastSeen: 5 }),
    facts('c', {}, { signalCount: 7, lastSeen: 3 }),
  ];
  expect(sorted('name', agents)).toEqual(['a', 'b', 'c']);
  expect(sorted('last_seen', agents)).toEqual(['a', 'c', 'b']);
  expect(sorted('signals', agents)).toEqual(['c', 'a', 'b']);
});

/** Ten agents of which a run fails each day; and `worse`, which failed never, and loops in each run of the last day. */
async function fleet() {
  const { add, pass, clock, temp } = await setUpPasses();
  const spike = { failureType: 'COST_SPIKE', severity: 'LOW' as const, stepIndex: 1 };
  const alike = Array.from({ length: 10 }, (_, n) => `agent-${n}`);
  for (let day = 0; day < 7; day += 1) {
    for (const agentId of alike) {
      add(3, agentId);
      add(1, agentId, [spike]);
    }
    add(12, 'worse', day === 6 ? [loop] : []);
    if (day < 6) clock.advance(24 * hour);
  }
  await pass({ full: true });
  return { reader: temp.mirror, end: clock.now() };
}

test('the agent that got worse is first, with what is new of it', async () => {
  const { reader, end } = await fleet();
  const { items, total } = orderedAgents(reader, { sort: 'gravity', limit: 3, end });
  expect(total).toBe(11);
  expect(items[0]).toMatchObject({ agentId: 'worse', news: { signals: 12, high: 12, firstTypes: ['TOOL_LOOP'] } });
  expect(items[0]?.news.risen?.after).toEqual({ hits: 12, total: 24 });
  expect(items[1]?.news).toMatchObject({ firstTypes: [], risen: undefined });
});

test.each(agentSorts)('pages by %s are the whole list, each agent once', async (sort) => {
  const { reader, end } = await fleet();
  const whole = orderedAgents(reader, { sort, limit: 100, end }).items.map(({ agentId }) => agentId);
  expect(new Set(whole).size).toBe(11);
  const seen: string[] = [];
  let after: AgentPlace | undefined;
  for (;;) {
    const { items } = orderedAgents(reader, { sort, limit: 4, after, end });
    const last = items.at(-1);
    if (!last) break;
    seen.push(...items.map(({ agentId }) => agentId));
    after = last.place;
  }
  expect(seen).toEqual(whole);
});
