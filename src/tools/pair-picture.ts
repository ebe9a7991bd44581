import type { Reader } from '../db/open.ts';
import { factKeys } from '../pictures/event-facts.ts';
import { cut } from '../printable.ts';
import { type RunEventItem, runEvents } from '../queries/runs.ts';
import { runSignals } from '../queries/signals.ts';
import { createBriefs } from '../text/brief.ts';
import { eventObject } from './event-object.ts';
import { signalObject } from './signal-object.ts';

/** How many events of each run are drawn, and how many of them before the runs part. */
const maxEvents = 60;
const maxBefore = 30;
const maxSignals = 20;
/** Characters of a title, and of a fact of an event. */
const maxText = 160;

/** An event with what a picture tells of it. */
function drawnEvent(event: RunEventItem, index: number) {
  const told = Object.entries(event.payload).filter(([key]) => factKeys.includes(key));
  const payload = Object.fromEntries(
    told.map(([key, value]) => [key, typeof value === 'string' ? cut(value, maxText) : value]),
  );
  return { index, ...eventObject({ ...event, payload }) };
}

/** What the picture of two runs shows besides their answer: the events around the one where they part, and signals. */
export function pairPicture(reader: Reader, runIds: readonly string[], common: number) {
  const from = Math.max(0, common - maxBefore);
  const { briefOf } = createBriefs();
  return {
    runs: runIds.map((runId) => ({
      events: runEvents(reader, runId, { from, limit: maxEvents }).items.map((event, at) =>
        drawnEvent(event, from + at),
      ),
      signals: runSignals(reader, runId)
        .slice(0, maxSignals)
        .map((signal) => signalObject(signal, { title: cut(briefOf(signal).title, maxText) }, {})),
    })),
  };
}
