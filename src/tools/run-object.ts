import * as z from 'zod';
import type { KnownTokens } from '../queries/run-tokens.ts';
import type { RunItem } from '../queries/runs.ts';
import { second } from '../text/time.ts';

/** A run in structured content. */
export const runShape = z.object({
  run_id: z.string(),
  agent_version: z.string().optional(),
  started_at: z.string().optional(),
  completed_at: z.string().optional(),
  exit_reason: z.string().optional(),
  step_count: z.number().optional(),
  signal_count: z.number().optional(),
  conversation_id: z.number().optional(),
  events_expired: z.boolean().optional(),
  gone_at: z.string().optional(),
});

/** A run's tokens in structured content: the server's total, and the events' where these say otherwise. */
export const tokensShape = {
  total_tokens: z.number().optional(),
  tokens_by_events: z.number().optional(),
  reasoning_tokens: z.number().optional(),
};

export const tokensObject = ({ total, byEvents, reasoning }: KnownTokens) => ({
  ...(total === null ? {} : { total_tokens: total }),
  ...(byEvents === null ? {} : { tokens_by_events: byEvents }),
  ...(reasoning === 0 ? {} : { reasoning_tokens: reasoning }),
});

/** Unknown values are left out. */
export function runObject(run: RunItem): z.infer<typeof runShape> {
  return {
    run_id: run.runId,
    ...(run.agentVersion === null ? {} : { agent_version: run.agentVersion }),
    ...(run.startedAt === null ? {} : { started_at: second(run.startedAt) }),
    ...(run.completedAt === null ? {} : { completed_at: second(run.completedAt) }),
    ...(run.exitReason === null ? {} : { exit_reason: run.exitReason }),
    ...(run.stepCount === null ? {} : { step_count: run.stepCount }),
    ...(run.signalCount === null ? {} : { signal_count: run.signalCount }),
    ...(run.conversationId === null ? {} : { conversation_id: run.conversationId }),
    ...(run.eventsExpired ? { events_expired: true } : {}),
    ...(run.goneAt === null ? {} : { gone_at: second(run.goneAt) }),
  };
}
