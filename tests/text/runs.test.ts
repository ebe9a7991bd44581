import { expect, test } from 'vitest';
import type { RunItem } from '../../src/queries/runs.ts';
import { type RunView, runDetailLines, runLines } from '../../src/text/runs.ts';

const now = 1_780_000_000;
const run: RunItem = {
  runId: 'r1',
  agentId: 'a',
  agentVersion: null,
  startedAt: now - 100,
  completedAt: now - 90,
  exitReason: 'run.completed',
  stepCount: 4,
  signalCount: 0,
  conversationId: null,
  eventsExpired: false,
  goneAt: null,
};
const blank: RunItem = { ...run, startedAt: null, completedAt: null, stepCount: 0, eventsExpired: true };

const view: RunView = {
  run,
  tokens: { total: 12_345, byEvents: null, reasoning: 0 },
  cost: { from: 'server', cost: 0.0123, unpriced: [] },
  pricesDate: '2026-01-31',
  signals: [],
  signalsTotal: 0,
  events: { from: 0, eachByItself: false, items: [], total: 0, isFetched: true, isOlder: false, texts: 'hashed' },
};
const shown = (change: Partial<RunView> = {}) => runDetailLines({ ...view, ...change }, now).join('\n');

test("a run's tokens and cost are shown with where they come from", () => {
  expect(shown()).toContain('Steps: 4\nTokens: 12,345\nCost: $0.0123 (server)\n');
  const tokens = { total: 12_345, byEvents: 12_000, reasoning: 500 };
  expect(shown({ tokens })).toContain('Tokens: 12,345 (by its events 12,000; without 500 of reasoning)');
  expect(shown({ tokens: { total: null, byEvents: null, reasoning: 0 } })).toContain('Tokens: ?');
  const priced = { from: 'prices', cost: 2, unpriced: [] } as const;
  expect(shown({ cost: priced })).toContain('Cost: $2.00 (prices of 2026-01-31)');
  expect(shown({ cost: { ...priced, from: 'nowhere' } })).toContain(
    'Cost: $2.00 (prices of 2026-01-31, not of all calls)',
  );
  expect(shown({ cost: { from: 'nowhere', cost: null, unpriced: ['own-model'] } })).toContain(
    'Cost: ? (no price for own-model)',
  );
});

test('the conversation that a run is of is named', () => {
  expect(shown()).not.toContain('Conversation');
  expect(shown({ run: { ...run, conversationId: 94 } })).toContain('Conversation: #94\n');
});

test('each event has its number and its step', () => {
  const event = { eventType: 'tool.called', stepIndex: 3, timestamp: now - 99, payload: {} };
  const items = [event, { ...event, stepIndex: null }];
  const text = shown({ events: { ...view.events, from: 40, items, total: 42 } });
  expect(text).toContain('\n[40] +1.0s step=3 tool.called\n[41] +1.0s tool.called');
});

test('of a run that had expired before the mirror met it nothing is known, and that is said', () => {
  const text = shown({ run: blank, cost: undefined });
  expect(text).toContain('Steps: -\nTokens: -\nCost: -\n');
  expect(text).toContain('before the mirror saw it: its times, steps, tokens and events are not known');
  expect(text).not.toContain('from before');
  expect(text).toContain('none is left: the server has dropped them');
  const line = runLines('a', { items: [blank], total: 1, covered: true, shortRunId: (id) => id }, now).at(-1);
  expect(line).toMatch(/^r1\s+\?\s+\?\s+-\s+✅ 0 \(events expired\)/);
  // What the mirror knew before they expired is from before.
  expect(shown({ run: { ...run, eventsExpired: true } })).toContain('the mirror still has what it had');
});
