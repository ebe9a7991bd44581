import type { Config } from '../config.ts';
import { daySeconds } from '../days.ts';
import type { Reader } from '../db/open.ts';
import { awaitedEvents } from '../queries/event-coverage.ts';
import { paceOf } from '../sync/details-plan.ts';
import { span } from '../text/time.ts';
import { type Finding, ok } from './finding.ts';

/** Whether the events of runs are mirrored, and how long those that are missing will take. `now` is in Unix seconds. */
export function checkEvents(
  reader: Reader,
  { eventsDays, requestsPerMinute }: Pick<Config, 'eventsDays' | 'requestsPerMinute'>,
  now: number,
): Finding {
  if (eventsDays === 0) return ok('Events', 'none are mirrored (DUNETRACE_EVENTS_DAYS=0)');
  const { runs, awaited } = awaitedEvents(reader, now - eventsDays * daySeconds);
  const which = `of the last ${eventsDays} days (DUNETRACE_EVENTS_DAYS)`;
  if (awaited === 0) return ok('Events', `mirrored of all ${runs} runs ${which}`);
  const { requests, ms } = paceOf(requestsPerMinute);
  const seconds = (awaited / requests) * (ms / 1000);
  return ok(
    'Events',
    `mirrored of ${runs - awaited} of ${runs} runs ${which}; a server fetches the others in ${span(seconds)}, a request each, with half of DUNETRACE_RPM (${requestsPerMinute})`,
  );
}
