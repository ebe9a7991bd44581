import * as z from 'zod';
import { call } from './calls.ts';
import { hours } from './completers.ts';
import { definePrompt } from './define-prompt.ts';

const maxHours = 8760;
const needed = `a whole number of hours from 1 to ${maxHours} is needed`;

export const auditFleetPrompt = definePrompt({
  name: 'audit-fleet',
  title: 'Audit the fleet',
  description: 'What failed across all agents lately, gravest first.',
  input: z.strictObject({
    since_hours: z
      .string(needed)
      .trim()
      .regex(/^\d{1,4}$/, needed)
      .transform(Number)
      .refine((value) => value >= 1 && value <= maxHours, needed)
      .default(24)
      .describe('How many hours to look back (24 unless given)'),
  }),
  completers: { since_hours: hours },
  lines: ({ since_hours }) => [
    `Audit all agents that Dunetrace watches: what failed in the last ${since_hours} hours, and what needs attention first?`,
    '',
    'Call, in this order:',
    `1. ${call('list_agents', {})} for all agents and what fails in each.`,
    `2. ${call('search_signals', { severity: 'CRITICAL', since_hours })} for what is gravest.`,
    `3. ${call('search_signals', { severity: 'HIGH', since_hours })} for what comes next.`,
    '4. summarize_agent with the agent_id of each agent that stands out (three at most).',
    '5. get_signal_detail with the signal_id of the newest CRITICAL signal, if there is one.',
    '',
    'Conclude which agents need attention, which failures repeat across agents or versions, and which are single incidents. Compare the counts with the totals that the answers give, not with the rows shown.',
    'Report in this order: one sentence on the whole; a table of agent, failure type, severity, count and latest signal id, gravest first; the fix for the first of them; the agents without trouble, by name only.',
  ],
});
