import * as z from 'zod';
import { daySeconds } from '../days.ts';
import { UsageError } from '../errors.ts';
import { type Price, type Prices, priceOf, readPrices } from '../prices.ts';
import { coveredFrom } from '../queries/coverage.ts';
import { type CostOf, type TokenWindow, tokenDays, tokenStats } from '../queries/token-stats.ts';
import { costBasis, tokenStatsLines, tokensBasis } from '../text/token-stats.ts';
import { askAboutAgent } from './about-agent.ts';
import { agentIdArgument } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { coverageNotes, windowEnd } from './window.ts';

const windowShape = z.object({
  days: z.number(),
  runs: z.number(),
  prompt_tokens: z.number().optional(),
  completion_tokens: z.number().optional(),
  total_tokens: z.number().optional(),
  cost_usd: z.number().optional(),
  failed_runs: z.number(),
  failed_tokens: z.number().optional(),
  failed_share: z.number().optional(),
  by_failure_type: z.array(z.object({ failure_type: z.string(), runs: z.number(), tokens: z.number().optional() })),
  /** The total, if there are more than the answer lists. */
  failure_types_total: z.number().optional(),
  runs_with_events: z.number(),
  tokens_basis: z.string(),
  cost_basis: z.string(),
  models_without_price: z.array(z.string()).optional(),
});

/** How many failure types, and models, structured content lists for a window. */
const maxTypes = 50;

const rounded = (value: number, digits: number) => Number(value.toFixed(digits));

function windowObject(window: TokenWindow, pricesDate: string | undefined): z.infer<typeof windowShape> {
  const { promptTokens, completionTokens, totalTokens, costUsd, failedTokens, unpriced } = window;
  return {
    days: window.days,
    runs: window.runs,
    ...(promptTokens === null ? {} : { prompt_tokens: promptTokens }),
    ...(completionTokens === null ? {} : { completion_tokens: completionTokens }),
    ...(totalTokens === null ? {} : { total_tokens: totalTokens }),
    ...(costUsd === null ? {} : { cost_usd: rounded(costUsd, 6) }),
    failed_runs: window.failedRuns,
    ...(failedTokens === null ? {} : { failed_tokens: failedTokens }),
    ...(failedTokens === null || !totalTokens ? {} : { failed_share: rounded(failedTokens / totalTokens, 4) }),
    by_failure_type: window.types.slice(0, maxTypes).map(({ failureType, runs, tokens }) => ({
      failure_type: failureType,
      runs,
      ...(tokens === null ? {} : { tokens }),
    })),
    ...(window.types.length > maxTypes ? { failure_types_total: window.types.length } : {}),
    runs_with_events: window.tokensFrom.events,
    tokens_basis: tokensBasis(window),
    cost_basis: costBasis(window, pricesDate),
    ...(unpriced.length === 0 ? {} : { models_without_price: unpriced.slice(0, maxTypes) }),
  };
}

const perMillion = 1_000_000;

/** Prices model calls with a price table. */
function pricing(prices: Prices): CostOf {
  const found = new Map<string, Price | undefined>();
  return (model, prompt, completion) => {
    if (model === null) return undefined;
    if (!found.has(model)) found.set(model, priceOf(prices, model));
    const price = found.get(model);
    return price && (prompt * price.prompt + completion * price.completion) / perMillion;
  };
}

const costsOf = (prices: Prices | undefined): CostOf => (prices ? pricing(prices) : () => undefined);

/** The prices, or why there are none: tokens are worth an answer without prices. */
async function findPrices(path: string | undefined): Promise<{ prices?: Prices; notes: string[] }> {
  try {
    return { prices: await readPrices(path), notes: [] };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { notes: [error.message] };
  }
}

export const getAgentTokenStatsTool = defineTool({
  name: 'get_agent_token_stats',
  title: 'Tokens and costs of an agent',
  description:
    "An agent's tokens and cost over 1, 7 and 30 days, and how much of them failed runs used. For one run use get_run_detail.",
  input: z.strictObject({ agent_id: agentIdArgument }),
  output: z.object({ agent_id: z.string(), windows: z.array(windowShape), prices_date: z.string().optional() }),
  handler: async ({ agent_id: given }, context) => {
    const { prices, notes: priceNotes } = await findPrices(context.pricesFile);
    return askAboutAgent(context, given, (reader, { agentId, freshness, time }) => {
      const { end, notes } = windowEnd(freshness, time);
      const windows = tokenStats(reader, agentId, end, costsOf(prices));
      const date = prices?.date;
      const usesPrices = date !== undefined && windows.some(({ costFrom }) => costFrom.prices > 0);
      const longest = Math.max(...tokenDays);
      return {
        lines: tokenStatsLines(agentId, windows, date),
        structured: {
          agent_id: agentId,
          windows: windows.map((window) => windowObject(window, date)),
          ...(usesPrices ? { prices_date: date } : {}),
        },
        freshness,
        notes: [...priceNotes, ...notes, ...coverageNotes(coveredFrom(reader, agentId), end - longest * daySeconds)],
        next: [
          { tool: 'get_agent_health', arguments: { agent_id: agentId } },
          { tool: 'get_agent_runs', arguments: { agent_id: agentId, has_signals: true } },
        ],
      };
    });
  },
});
