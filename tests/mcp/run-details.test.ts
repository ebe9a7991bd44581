import { expect, test } from 'vitest';
import { z } from 'zod';
import { fillDemoStory } from '../support/demo-story.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect } from '../support/mcp-client.ts';
import { createPlace, run } from '../support/program.ts';
import { fillSmallFleet, looping } from '../support/small-fleet.ts';

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

test('an event that can not be read keeps its place in the timeline, with the reason', async () => {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  api.rewrite((body) => {
    const detail = z.looseObject({ run_id: z.string(), events: z.array(z.looseObject({})) }).safeParse(body);
    if (!detail.success) return body;
    return {
      ...detail.data,
      events: detail.data.events.map((event, n) => (n === 2 ? { ...event, step_index: 'two' } : event)),
    };
  });
  const { call } = await connect(createPlace(api.url));
  const { text, structured } = await call('get_run_detail', { run_id: looping });
  expect(structured).toMatchObject({ events_total: 5 });
  expect(text).toContain('Event timeline (5 events, texts hashed):');
  expect(text).toMatch(/\[2\] \? \(unread\) event: step_index Invalid input: expected number/);
});
