import { expect, test } from 'vitest';
import { agentLines } from '../../src/text/agents.ts';

test('agents are told with how long ago each was seen, and how many there are besides', () => {
  const agent = { agentId: 'a', runCount: 1, signalCount: 2, criticalCount: 0, highCount: 2, lastSeen: 1000 };
  const view = { items: [{ ...agent, failureTypes: [['TOOL_LOOP', 2] as [string, number]] }], total: 1, covered: true };
  const seen = [1060, 8200].map((now) => agentLines(view, now));
  expect(seen.map((lines) => lines.join('\n').match(/\w+ ago/)?.[0])).toEqual(['60s ago', '2h ago']);
  expect(agentLines({ ...view, total: 3 }, 1060).at(-1)).toBe('1 shown of 3 agents.');
  const unseen = view.items.map((item) => ({ ...item, lastSeen: null }));
  expect(agentLines({ ...view, items: unseen }, 1060).join('\n')).toMatch(/ never$/m);
});
