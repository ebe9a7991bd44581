import * as z from 'zod';
import { daySeconds } from '../days.ts';
import { coveredFrom } from '../queries/coverage.ts';
import { type TokenWindow, tokenDays, tokenStats } from '../queries/token-stats.ts';
import { costBasis, tokenStatsLines, tokensBasis } from '../text/token-stats.ts';
import { askAboutAgent } from './about-agent.ts';
import { agentIdArgument } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { costsOf, findPrices } from './pricing.ts';
import { coverageNotes, windowEnd } from './window.ts';

const windowShape = z.object({
  days: z.number(),
  runs: z.number(),
  runs_without_calls: z.number().optional(),
  prompt_tokens: z.number().optional(),
  completion_tokens: z.number().optional(),
  reasoning_tokens: z.number().optional(),
  total_tokens: z.number().optional(),
  cost_usd: z.number().optional(),
  failed_runs: z.number(),
  failed_tokens: z.number().optional(),
  failed_share: z.number().optional(),
  failed_cost_usd: z.number().optional(),
  /** What a run without failure takes, and what failed runs took beyond it. */
  baseline_tokens: z.number().optional(),
  excess_tokens: z.number(),
  excess_cost_usd: z.number().optional(),
  stopped_runs: z.number(),
  prevented_tokens: z.number(),
  prevented_cost_usd: z.number().optional(),
  projected_monthly_excess_tokens: z.number(),
  projected_monthly_excess_cost_usd: z.number().optional(),
  by_failure_type: z.array(
    z.object({
      failure_type: z.string(),
      runs: z.number(),
      tokens: z.number().optional(),
      cost_usd: z.number().optional(),
    }),
  ),
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

const usd = <Name extends string>(name: Name, value: number | null) =>
  value === null ? {} : { [name]: rounded(value, 6) };

function windowObject(window: TokenWindow, pricesDate: string | undefined): z.infer<typeof windowShape> {
  const { promptTokens, completionTokens, reasoningTokens, totalTokens, failedTokens, unpriced } = window;
  const { baselineTokens, excess, prevented, projected } = window;
  return {
    days: window.days,
    runs: window.runs,
    ...(window.runsWithoutCalls === 0 ? {} : { runs_without_calls: window.runsWithoutCalls }),
    ...(promptTokens === null ? {} : { prompt_tokens: promptTokens }),
    ...(completionTokens === null ? {} : { completion_tokens: completionTokens }),
    ...(reasoningTokens ? { reasoning_tokens: reasoningTokens } : {}),
    ...(totalTokens === null ? {} : { total_tokens: totalTokens }),
    ...usd('cost_usd', window.costUsd),
    failed_runs: window.failedRuns,
    ...(failedTokens === null ? {} : { failed_tokens: failedTokens }),
    ...(failedTokens === null || !totalTokens ? {} : { failed_share: rounded(failedTokens / totalTokens, 4) }),
    ...usd('failed_cost_usd', window.failedCostUsd),
    ...(baselineTokens === null ? {} : { baseline_tokens: baselineTokens }),
    excess_tokens: excess.tokens,
    ...usd('excess_cost_usd', excess.cost),
    stopped_runs: window.stoppedRuns,
    prevented_tokens: prevented.tokens,
    ...usd('prevented_cost_usd', prevented.cost),
    projected_monthly_excess_tokens: projected.tokens,
    ...usd('projected_monthly_excess_cost_usd', projected.cost),
    by_failure_type: window.types.slice(0, maxTypes).map(({ failureType, runs, tokens, costUsd }) => ({
      failure_type: failureType,
      runs,
      ...(tokens === null ? {} : { tokens }),
      ...usd('cost_usd', costUsd),
    })),
    ...(window.types.length > maxTypes ? { failure_types_total: window.types.length } : {}),
    runs_with_events: window.tokensFrom.events,
    tokens_basis: tokensBasis(window),
    cost_basis: costBasis(window, pricesDate),
    ...(unpriced.length === 0 ? {} : { models_without_price: unpriced.slice(0, maxTypes) }),
  };
}

export const getAgentTokenStatsTool = defineTool({
  name: 'get_agent_token_stats',
  title: 'Tokens and cost',
  description:
    'What an agent costs: tokens and money over 1, 7 and 30 days, and how much of them failed runs used. One run: get_run_detail; by model or tool: breakdown.',
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
      };
    });
  },
});
