import type { Config } from '../config.ts';
import { daySeconds } from '../days.ts';
import type { Reader } from '../db/open.ts';
import { eventCoverage, runsWithoutEvents } from '../queries/event-coverage.ts';
import { type EventsPlan, planEvents } from '../sync/details-plan.ts';

/** What the mirror has of the events of runs, and what a server with these settings still fetches. `now`: Unix seconds. */
export function eventsPlan(
  reader: Reader,
  { eventsDays, requestsPerMinute }: Pick<Config, 'eventsDays' | 'requestsPerMinute'>,
  now: number,
): EventsPlan {
  const missing = eventsDays === 0 ? 0 : runsWithoutEvents(reader, now - eventsDays * daySeconds);
  return planEvents({ ...eventCoverage(reader, undefined), missing, eventsDays, requestsPerMinute });
}
