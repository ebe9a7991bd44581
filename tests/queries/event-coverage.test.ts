import { expect, test } from 'vitest';
import { eventCoverage, runsWithoutEvents } from '../../src/queries/event-coverage.ts';
import { loop, setUpPasses } from '../support/passes.ts';

test('the events that are missing are those that a server fetches', async () => {
  const { add, pass, temp, clock, rows } = await setUpPasses();
  add(12, 'a', [loop]);
  clock.advance(86_400);
  add(5, 'b');
  await pass();
  const { mirror, store } = temp;
  for (const since of [0, clock.now() - 3600]) {
    const missing = store.details.missing(since, 1000);
    expect(missing.length).toBeGreaterThan(0);
    expect(runsWithoutEvents(mirror, since)).toBe(missing.length);
  }
  expect(runsWithoutEvents(mirror, clock.now() + 1)).toBe(0);
  expect(eventCoverage(mirror, undefined)).toEqual({ runs: 17, withEvents: 0 });
  // However many runs have their events: only the others are looked at.
  expect(
    rows(`explain query plan select count(*) from runs
      where started_at >= 1 and detail_at is null and events_expired = 0 and gone_at is null`)[0]?.detail,
  ).toMatch(/USING INDEX runs_without_detail/);
});
