import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AgentSpent, agentSpent, spentTogether } from '../../src/queries/agent-spent.ts';
import { type CostOf, tokenStats } from '../../src/queries/token-stats.ts';
import { cases } from '../support/effort.ts';
import { agentId, createWorld, day, now, worlds } from '../support/token-worlds.ts';

const costOf: CostOf = (model, prompt, completion) =>
  model?.startsWith('gpt') ? (prompt + 3 * completion) / 1000 : undefined;

const near = (value: number | null) => (value === null ? null : expect.closeTo(value, 6));

test('an agent spent in a window what get_agent_token_stats says of it', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (made) => {
      const { reader } = await createWorld(made);
      for (const window of tokenStats(reader, agentId, now, costOf)) {
        const spent = agentSpent(reader, agentId, { from: now - window.days * day, end: now }, costOf);
        expect(spent).toEqual({
          runs: window.runs,
          tokensFrom: window.tokensFrom,
          costFrom: window.costFrom,
          otherwise: window.otherwise,
          unpriced: window.unpriced,
          all: { tokens: window.totalTokens, cost: near(window.costUsd) },
          failed: {
            runs: window.failedRuns,
            tokens: window.failedRuns === 0 ? 0 : spent.failed.tokens,
            cost: near(window.failedCostUsd),
          },
        });
        // Of failed runs alone it says `?` where none of theirs is known; the tool goes by all runs.
        if (spent.failed.tokens !== null) expect(spent.failed.tokens).toBe(window.failedTokens);
      }
    }),
    { numRuns: cases({ short: 5, long: 40 }), seed: 20_261_128 },
  );
});

const spent = (part: Partial<AgentSpent>): AgentSpent => ({
  runs: 2,
  tokensFrom: { events: 1, list: 1, nowhere: 0 },
  costFrom: { server: 2, prices: 0, nowhere: 0 },
  otherwise: { runs: 0, listed: 0 },
  unpriced: [],
  all: { tokens: 100, cost: 1 },
  failed: { runs: 0, tokens: 0, cost: 0 },
  ...part,
});
const unknown = { tokens: null, cost: null };

test('together agents spent the sum; what is not known of one does not make the other unknown', () => {
  const failing = spent({ failed: { runs: 1, tokens: 60, cost: 0.5 }, unpriced: ['own-model'] });
  expect(spentTogether([failing, spent({}), spent({ all: unknown })])).toEqual({
    runs: 6,
    tokensFrom: { events: 3, list: 3, nowhere: 0 },
    costFrom: { server: 6, prices: 0, nowhere: 0 },
    otherwise: { runs: 0, listed: 0 },
    unpriced: ['own-model'],
    all: { tokens: 200, cost: 2 },
    failed: { runs: 1, tokens: 60, cost: 0.5 },
  });
});

test('an agent without runs makes nothing known, and neither does one without failed runs', () => {
  const idle = spent({ runs: 0, all: { tokens: 0, cost: 0 } });
  const dark = spent({ all: unknown, failed: { runs: 1, ...unknown } });
  expect(spentTogether([idle, dark])).toEqual(dark);
  expect(spentTogether([dark, spent({})]).failed).toEqual({ runs: 1, ...unknown });
  expect(spentTogether([]).all).toEqual({ tokens: 0, cost: 0 });
});
