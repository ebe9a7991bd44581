import { z } from 'zod';
import type { SignalItem } from '../queries/signals.ts';
import { iso } from '../text/time.ts';

/** A signal in a list of structured content: what it is, and where to ask on. */
export const signalShape = z.object({
  id: z.number(),
  run_id: z.string(),
  failure_type: z.string(),
  severity: z.string(),
  step_index: z.number().optional(),
  confidence: z.number().optional(),
  detected_at: z.string(),
  title: z.string(),
});

/** What is not known is left out. */
export function signalObject(signal: SignalItem): z.infer<typeof signalShape> {
  return {
    id: signal.id,
    run_id: signal.runId,
    failure_type: signal.failureType,
    severity: signal.severity,
    ...(signal.stepIndex === null ? {} : { step_index: signal.stepIndex }),
    ...(signal.confidence === null ? {} : { confidence: Math.round(signal.confidence * 1000) / 1000 }),
    detected_at: iso(signal.detectedAt),
    title: signal.title,
  };
}
