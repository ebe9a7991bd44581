import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { priceOf, readPrices } from '../src/prices.ts';
import { createPlace } from './support/program.ts';

test('the package has prices with a date and a source', async () => {
  const prices = await readPrices(undefined);
  expect(prices.date).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(prices.source).not.toBe('');
  expect(prices.models.size).toBeGreaterThan(10);
});

test.each([
  ['gpt-4o', 2.5],
  ['GPT-4o ', 2.5],
  ['openai/gpt-4o', 2.5],
  ['gpt-4o-2024-08-06', 2.5],
  ['gpt-4o-2024-05-13', 5],
  ['anthropic/claude-3-5-haiku-20241022', 0.8],
  ['claude-3-5-haiku-latest', 0.8],
  ['gpt-4o-audio', undefined],
  ['own-model', undefined],
  ['', undefined],
])('%j costs what its model costs', async (model, prompt) => {
  expect(priceOf(await readPrices(undefined), model)?.prompt).toBe(prompt);
});

test("a user's own table takes the place of the package's, and a wrong one is named", async () => {
  const { folder } = createPlace('http://127.0.0.1:1');
  const path = join(folder, 'prices.json');
  const own = { date: '2026-01-31', usd_per_million_tokens: { 'Own-Model': { prompt: 7, completion: 8 } } };
  writeFileSync(path, JSON.stringify(own));
  const prices = await readPrices(path);
  expect(priceOf(prices, 'own-model')).toEqual({ prompt: 7, completion: 8 });
  expect(priceOf(prices, 'gpt-4o')).toBeUndefined();
  for (const wrong of [
    '{',
    '{"date":"x"}',
    '{"date":"x","usd_per_million_tokens":{"m":{"prompt":-1,"completion":1}}}',
  ]) {
    writeFileSync(path, wrong);
    await expect(readPrices(path)).rejects.toThrow(/DUNETRACE_PRICES/);
  }
  await expect(readPrices(join(folder, 'none.json'))).rejects.toThrow(/DUNETRACE_PRICES/);
});
