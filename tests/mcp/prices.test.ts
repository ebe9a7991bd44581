import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { connect } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';
import { fillSmallFleet, looping } from '../support/small-fleet.ts';

async function ask(table: string | undefined) {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, { DUNETRACE_PRICES: '~/prices.json' });
  if (table !== undefined) writeFileSync(`${place.folder}/prices.json`, table);
  const { call } = await connect(place);
  await call('get_run_detail', { run_id: looping });
  return call('get_agent_token_stats', { agent_id: 'research-agent' });
}

test("a user's price table is what costs are told by", async () => {
  const own = { date: '2026-01-31', usd_per_million_tokens: { 'gpt-4o-mini': { prompt: 1000, completion: 0 } } };
  const { text, structured } = await ask(JSON.stringify(own));
  expect(text).toContain('prices of 2026-01-31 for 1, unknown or partial for 1 of 2 runs');
  expect(structured).toMatchObject({ prices_date: '2026-01-31', windows: [{ days: 1, cost_usd: 0.512 }, {}, {}] });
});

test('a price table that is not there leaves the tokens, and says so', async () => {
  const { text, structured, isError } = await ask(undefined);
  expect(isError).toBe(false);
  expect(text).toMatch(/\(The price table that DUNETRACE_PRICES names can't be used: ENOENT/);
  expect(structured).toMatchObject({
    windows: [{ prompt_tokens: 512, models_without_price: ['gpt-4o-mini'] }, {}, {}],
  });
});
