import * as z from 'zod';
import { quoted } from '../printable.ts';
import { call } from './calls.ts';
import { agentIds, failureTypes } from './completers.ts';
import { definePrompt, text } from './define-prompt.ts';

export const triageAlertPrompt = definePrompt({
  name: 'triage-alert',
  title: 'Triage an alert',
  description: 'An alert came in about an agent: what happens, how widespread it is, and how to fix it.',
  input: z.strictObject({
    agent_id: text.describe('Agent that the alert is about'),
    failure_type: text.optional().describe('Failure type that the alert names, such as TOOL_LOOP'),
  }),
  completers: { agent_id: agentIds, failure_type: failureTypes },
  lines: ({ agent_id, failure_type }) => {
    const about = failure_type === undefined ? {} : { failure_type };
    const kind = failure_type === undefined ? '' : ` of type ${quoted(failure_type)}`;
    return [
      `Dunetrace raised an alert${kind} for the agent ${quoted(agent_id)}. Find out what goes wrong, how widespread it is, and how to fix it.`,
      '',
      'Call, in this order:',
      `1. ${call('summarize_agent', { agent_id })} for the agent's health and what fails most.`,
      `2. ${call('search_signals', { agent_id, ...about, limit: 10 })} for the latest signals${kind}; note their ids and runs.`,
      `3. get_signal_detail with the id of the newest of them as signal_id and ${quoted({ agent_id })}, for its evidence and fixes.`,
      `4. ${call('get_agent_patterns', { agent_id })} to tell a systemic failure from a single incident.`,
      '',
      'Conclude whether the alert is real, whether it is systemic or a single incident, since when it happens, and what most likely causes it. If the signals do not show it, say so.',
      'Report in this order: the verdict in one sentence; the evidence, with signal ids and run ids in full; the fix, with its code if there is any; what to check next.',
    ];
  },
});
