import { duration } from '../text/time.ts';
import { type Markup, markup, nothing } from './markup.ts';
import { timeAxis } from './run-axis.ts';
import type { RunEvent, RunSignal } from './run-events.ts';
import { eventText, lanesOf, runLanes } from './run-lanes.ts';
import { many } from './words.ts';

export interface RunTimeline {
  /** The events that are shown, in order, of so many in all. */
  events: readonly RunEvent[];
  total: number;
  signals: readonly RunSignal[];
}

const ticks = 5;

/** The events as a list: the same facts, for those who read rather than look. */
export function eventList(title: string, events: readonly RunEvent[]): Markup {
  const items = events.map((event) => markup`<li>${eventText(event)}${event.isFailure ? ', failed' : ''}</li>`);
  return markup`<details><summary>${title}</summary><ol class="events">${items}</ol></details>`;
}

/** A run over time: a lane each for signals, model, tools, retrieval and other events. */
export function runTimeline({ events, total, signals }: RunTimeline): Markup {
  const [first] = events;
  const last = events.at(-1);
  if (!first || !last) return markup`<p class="dim">No events to show.</p>`;
  const axis = timeAxis(events);
  const times = Array.from({ length: ticks }, (_, at) => axis.secondsAt(at / (ticks - 1)));
  const names = times.map((time) => markup`<li>${time === undefined ? '' : `+${duration(time)}`}</li>`);
  const part = events.length < total ? `Events ${first.index} to ${last.index} of ${total}` : many(total, 'event');
  const note =
    times[0] === undefined
      ? nothing
      : markup`<p class="dim">Half of the width goes by the order of events, half by time.</p>`;
  const label = `Timeline: ${part}, ${many(signals.length, 'signal')}`;
  return markup`<figure class="picture timeline" aria-label="${label}">${runLanes({ events, signals }, axis, { shown: lanesOf(events), ticks })}<ol class="lane-axis" aria-hidden="true">${names}</ol>${note}${eventList(part, events)}</figure>`;
}
