import { completeAgentId, completeFailureType, completeRunId, matching } from '../queries/completions.ts';
import type { Completer } from './define-prompt.ts';

export const agentIds: Completer = async ({ typed }, reader) => completeAgentId(await reader(), typed);

/** Failure types of the agent chosen before, if any. */
export const failureTypes: Completer = async ({ typed, others }, reader) =>
  completeFailureType(await reader(), typed, others.agent_id);

export const runIds: Completer = async ({ typed }, reader) => completeRunId(await reader(), typed);

/** An hour, a shift, a day, three, a week. */
export const hours: Completer = async ({ typed }) => matching(['1', '6', '24', '72', '168'], typed);
