import * as z from 'zod';
import { cut } from '../printable.ts';
import type { RunEventItem } from '../queries/runs.ts';
import { maxFact } from '../text/events.ts';
import { iso } from '../text/time.ts';
import { payloadBounds, shorten } from './shorten.ts';

/** An event of a run in structured content. */
export const eventShape = z.object({
  event_type: z.string(),
  step_index: z.number().optional(),
  timestamp: z.string().optional(),
  payload: z.record(z.string(), z.unknown()).optional(),
});

/** Unknown values are left out, and a long payload is shortened. */
export const eventObject = (event: RunEventItem): z.infer<typeof eventShape> => ({
  event_type: cut(event.eventType, maxFact),
  ...(event.stepIndex === null ? {} : { step_index: event.stepIndex }),
  ...(event.timestamp === null ? {} : { timestamp: iso(event.timestamp) }),
  ...(Object.keys(event.payload).length === 0 ? {} : { payload: shorten(event.payload, payloadBounds) }),
});
