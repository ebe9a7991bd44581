import * as z from 'zod';
import type { RunEventRow } from '../lists/run-detail.ts';

/** What the sums over a run's events need of payloads that no column of the events holds. */

type Told = Pick<RunEventRow, 'eventType' | 'payload'>;

const shape = z.object({
  action_type: z.string().nullish().catch(null),
  reasoning_tokens: z.int().nullish().catch(null),
});

function factsOf(payload: string): z.infer<typeof shape> {
  try {
    return shape.parse(JSON.parse(payload));
  } catch {
    return {};
  }
}

/** The reasoning tokens of a model's answer; null: it tells none. Few payloads have them, so few are parsed. */
export function reasoningOf({ eventType, payload }: Told): number | null {
  if (eventType !== 'llm.responded' || !payload.includes('"reasoning_tokens"')) return null;
  return factsOf(payload).reasoning_tokens ?? null;
}

/**
 * Whether something ended a run before it could spend more: a policy, or an approval that was denied or timed out.
 * Source: docs/customer-api.md, 'How the server computes its analytics'.
 */
export const isStopped = (events: readonly Told[]): boolean =>
  events.some(({ eventType, payload }) => {
    if (eventType === 'policy.triggered') return factsOf(payload).action_type === 'stop';
    return eventType === 'approval.denied' || eventType === 'approval.timeout';
  });
