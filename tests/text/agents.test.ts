import { expect, test } from 'vitest';
import type { ListedAgent } from '../../src/queries/agents.ts';
import { agentLines } from '../../src/text/agents.ts';

const agent: ListedAgent = {
  agentId: 'a',
  runCount: 1,
  signalCount: 2,
  criticalCount: 0,
  highCount: 2,
  lastSeen: 1000,
  failureTypes: Array.from({ length: 9 }, (_, n) => [`TYPE_${n}`, 9 - n]),
  news: { signals: 1, critical: 0, high: 1, firstTypes: [], risen: undefined },
  place: { numbers: [], agentId: 'a' },
};
const view = { items: [agent], total: 1, covered: true, order: 'by name', newSince: 1_779_926_400 };

test('agents are told with how long ago each was seen, and how many there are besides', () => {
  const seen = [1060, 8200].map((now) => agentLines(view, now));
  expect(seen.map((lines) => lines.at(-1)?.match(/\w+ ago/)?.[0])).toEqual(['60s ago', '2h ago']);
  expect(agentLines(view, 1060)[0]).toMatch(/^1 agent, by name; NEW: signals since 05-28 /);
  expect(agentLines({ ...view, total: 3 }, 1060)[0]).toMatch(/^1 shown of 3 agents, /);
  expect(agentLines({ ...view, items: [{ ...agent, lastSeen: null }] }, 1060).at(-1)).toContain('  never  ');
});

test('what became worse with an agent is marked, and beside the others nothing is', () => {
  const risen = { before: { hits: 1, total: 20 }, after: { hits: 8, total: 10 } };
  const worse = { ...agent, news: { ...agent.news, firstTypes: ['TYPE_8', 'UNCOUNTED'], risen } };
  const [, , first, below, second] = agentLines({ ...view, items: [worse, agent], total: 2 }, 1060);
  expect(first).toMatch(/ {2}▲TYPE_8×1, ▲UNCOUNTED, TYPE_0×9, /);
  expect(below).toBe('  ▲ failing runs 5% (1/20) → 80% (8/10)');
  expect(second).not.toContain('▲');
});

test('a long page names fewer failure types of each agent, and says how many more there are', () => {
  expect(agentLines(view, 1060).at(-1)).toContain('TYPE_8×1');
  const many = Array.from({ length: 50 }, () => agent);
  expect(agentLines({ ...view, items: many, total: 50 }, 1060).at(-1)).toMatch(/TYPE_0×9, TYPE_1×8, \+7 more$/);
  const firstTypes = ['TYPE_5', 'TYPE_6', 'TYPE_7'];
  const news = many.map(() => ({ ...agent, news: { ...agent.news, firstTypes } }));
  const lines = agentLines({ ...view, items: news, total: 50 }, 1060);
  expect(lines.at(-1)).toMatch(/▲TYPE_5×4, ▲TYPE_6×3, \+7 more \(1▲\)$/);
});
