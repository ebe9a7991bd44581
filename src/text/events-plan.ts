import type { EventsPlan } from '../sync/details-plan.ts';
import { span } from './time.ts';

const count = (value: number) => value.toLocaleString('en-US');

/** How far the events of runs are mirrored, and how long a server takes for the rest; undefined: there are no runs. */
export function eventsText(plan: EventsPlan): string | undefined {
  const { runs, withEvents, missing, seconds, eventsDays, requestsPerMinute } = plan;
  if (runs === 0) return undefined;
  const have = `${count(withEvents)} of ${count(runs)} runs have theirs`;
  if (eventsDays === 0) return `${have}; a server fetches none (DUNETRACE_EVENTS_DAYS=0)`;
  const days = `DUNETRACE_EVENTS_DAYS=${eventsDays}`;
  if (missing === 0) return `${have}; none is left to fetch (${days})`;
  const more = missing === runs - withEvents ? 'the rest' : `${count(missing)} more`;
  return `${have}; a server fetches ${more} in about ${span(seconds)} (${days}, DUNETRACE_RPM=${requestsPerMinute})`;
}

/** The same for programs. */
export function eventsObject(plan: EventsPlan) {
  const { runs, withEvents, missing, seconds } = plan;
  return { runs, with_events: withEvents, to_fetch: missing, seconds_to_fetch: Math.round(seconds) };
}
