import { expect, test } from 'vitest';
import { fillDemoStory } from '../../src/sample/story.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';

test.each([1, 2] as const)(
  "generation %i: a server brings its runs' inputs by itself; a sync does not",
  async (generation) => {
    const api = await startFakeCustomerApi({ generation });
    fillDemoStory(api.backend, Date.now() / 1000);
    const place = createPlace(api.url, {
      DUNETRACE_EVENTS_DAYS: '30',
      DUNETRACE_RPM: '100000',
      DUNETRACE_POLL_SECONDS: '3600',
    });
    await run(['sync', '--quiet'], place);
    const details = () => api.requests.filter(({ path }) => path.startsWith('/v1/runs/'));
    expect(details()).toEqual([]);
    const { call } = await connect(place);
    const answer = await askUntil(
      () => call('get_agent_patterns', { agent_id: 'checkout-agent' }),
      ({ structured }) => Array.isArray(structured.input_patterns) && structured.input_patterns.length > 0,
    );
    expect(answer.isError).toBe(false);
    const paths = details().map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
  },
);
