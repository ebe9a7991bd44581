import * as z from 'zod';
import type { SignalLine } from '../queries/signals.ts';
import type { Brief } from '../text/brief.ts';
import { second } from '../text/time.ts';

/** A signal in a list of structured content: its main facts, and the id for further questions. */
export const signalShape = z.object({
  id: z.number(),
  agent_id: z.string().optional(),
  run_id: z.string().optional(),
  agent_version: z.string().optional(),
  failure_type: z.string(),
  severity: z.string(),
  step_index: z.number().optional(),
  confidence: z.number().optional(),
  detected_at: z.string(),
  title: z.string(),
  what: z.string().optional(),
  fix: z.string().optional(),
});

/** Unknown values are left out, and so are those that the answer gives elsewhere. */
export function signalObject(
  signal: SignalLine,
  { title, what, fix }: Brief,
  besides: { agent?: boolean; run?: boolean },
): z.infer<typeof signalShape> {
  const { agentVersion, stepIndex, confidence } = signal;
  return {
    id: signal.id,
    ...(besides.agent
      ? { agent_id: signal.agentId, ...(agentVersion === null ? {} : { agent_version: agentVersion }) }
      : {}),
    ...(besides.run ? { run_id: signal.runId } : {}),
    failure_type: signal.failureType,
    severity: signal.severity,
    ...(stepIndex === null ? {} : { step_index: stepIndex }),
    ...(confidence === null ? {} : { confidence: Math.round(confidence * 1000) / 1000 }),
    detected_at: second(signal.detectedAt),
    title,
    ...(what === undefined ? {} : { what }),
    ...(fix === undefined ? {} : { fix }),
  };
}
