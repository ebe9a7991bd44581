import * as z from 'zod';
import { messageOf, UsageError } from './errors.ts';
import { packageRoot } from './package-root.ts';

const price = z.object({ prompt: z.number().nonnegative(), completion: z.number().nonnegative() });

const file = z.object({
  date: z.string(),
  source: z.string().default(''),
  usd_per_million_tokens: z.record(z.string(), price),
});

/** US dollars per million tokens. */
export type Price = z.infer<typeof price>;

/** What models cost, as of one day. */
export interface Prices {
  date: string;
  source: string;
  /** By model, in lower case. */
  models: ReadonlyMap<string, Price>;
}

const shipped = new URL('src/prices.json', packageRoot);

function parsePrices(text: string): Prices {
  const { date, source, usd_per_million_tokens: models } = file.parse(JSON.parse(text));
  return { date, source, models: new Map(Object.entries(models).map(([name, of]) => [name.toLowerCase(), of])) };
}

/**
 * The table that we read last: as long as the file's text is the same, so is the object, and answers can be cached by
 * it.
 */
let latest: { text: string; prices: Prices } | undefined;

/**
 * The price table in `path`, or the one in the package; the same object as before if its text is.
 * @throws UsageError for a file that can't be read or holds something else.
 */
export async function readPrices(path: string | undefined): Promise<Prices> {
  try {
    const { readFile } = process.getBuiltinModule('node:fs/promises');
    const text = await readFile(path ?? shipped, 'utf8');
    if (latest?.text !== text) latest = { text, prices: parsePrices(text) };
    return latest.prices;
  } catch (error) {
    const cause = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new UsageError(`The price table that DUNETRACE_PRICES names can't be used: ${cause}`, { cause: error });
  }
}

/**
 * What a model costs; undefined: unknown. A provider's name before it and a release date after it make no difference,
 * unless the table has them: `openai/gpt-4o-2024-08-06` is `gpt-4o`.
 */
export function priceOf({ models }: Prices, model: string): Price | undefined {
  const named = model.trim().toLowerCase();
  const bare = named.replace(/^.*\//, '');
  const undated = bare.replace(/-(\d{4}-\d\d-\d\d|\d{8}|latest)$/, '');
  return models.get(named) ?? models.get(bare) ?? models.get(undated);
}
