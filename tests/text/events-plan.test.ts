import { expect, test } from 'vitest';
import { planEvents } from '../../src/sync/details-plan.ts';
import { eventsObject, eventsText } from '../../src/text/events-plan.ts';

const state = { runs: 500_000, withEvents: 0, missing: 500_000, eventsDays: 30, requestsPerMinute: 300 };
const textOf = (changes: Partial<typeof state>) => eventsText(planEvents({ ...state, ...changes }));

test('the events of 500,000 runs take two days at the default budget', () => {
  const plan = planEvents(state);
  expect(plan.seconds / 86_400).toBeCloseTo(2.31, 2);
  expect(eventsText(plan)).toBe(
    '0 of 500,000 runs have theirs; a server fetches the rest in about 2d (DUNETRACE_EVENTS_DAYS=30, DUNETRACE_RPM=300)',
  );
  expect(eventsObject(plan)).toEqual({
    runs: 500_000,
    with_events: 0,
    to_fetch: 500_000,
    seconds_to_fetch: 200_000,
  });
});

test('what is too old to be fetched is not promised', () => {
  expect(textOf({ withEvents: 1234, missing: 90 })).toBe(
    '1,234 of 500,000 runs have theirs; a server fetches 90 more in about 36s (DUNETRACE_EVENTS_DAYS=30, DUNETRACE_RPM=300)',
  );
  expect(textOf({ missing: 0 })).toContain('none is left to fetch (DUNETRACE_EVENTS_DAYS=30)');
  expect(textOf({ missing: 0, eventsDays: 0 })).toContain('a server fetches none');
  expect(textOf({ runs: 0, missing: 0 })).toBeUndefined();
});

test('one request a minute is the slowest budget', () => {
  expect(planEvents({ ...state, missing: 10, requestsPerMinute: 1 }).seconds).toBe(1200);
});
