import { UsageError } from '../errors.ts';
import { type Price, type Prices, priceOf, readPrices } from '../prices.ts';
import type { CostOf } from '../queries/token-runs.ts';

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

export const costsOf = (prices: Prices | undefined): CostOf => (prices ? pricing(prices) : () => undefined);

/** The prices, or why there are none: tokens are worth an answer without prices. */
export async function findPrices(path: string | undefined): Promise<{ prices?: Prices; notes: string[] }> {
  try {
    return { prices: await readPrices(path), notes: [] };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { notes: [error.message] };
  }
}
