import * as z from 'zod';
import { quoted } from '../printable.ts';
import { call } from './calls.ts';
import { agentIds } from './completers.ts';
import { definePrompt, text } from './define-prompt.ts';

export const preDeployCheckPrompt = definePrompt({
  name: 'pre-deploy-check',
  title: 'Check before a deploy',
  description: 'Whether an agent is stable enough to deploy, and what blocks it.',
  input: z.strictObject({ agent_id: text.describe('Agent to deploy') }),
  completers: { agent_id: agentIds },
  lines: ({ agent_id }) => [
    `Decide whether the agent ${quoted(agent_id)} is stable enough to deploy to production.`,
    '',
    'Call, in this order:',
    `1. ${call('compare_versions', { agent_id })} for what its newest version made worse or better than the one before.`,
    `2. ${call('get_agent_patterns', { agent_id })} for systemic failures, their trend, and inputs that set them off.`,
    `3. ${call('get_agent_health', { agent_id })} for the score and its components.`,
    `4. ${call('search_signals', { agent_id, severity: 'CRITICAL', since_hours: 168 })} for grave failures of the last week.`,
    `5. ${call('get_agent_runs', { agent_id, limit: 20 })} for the latest runs, and which version they are of.`,
    '',
    'Conclude with GO, GO WITH CARE or NO GO. A regression that compare_versions marks is NO GO; a difference that it does not mark may be chance. A systemic failure or a CRITICAL signal of the last week is NO GO unless runs of a newer version show that it is fixed. Too few runs to tell (fewer than 5 of a version, or a score without a baseline) is never GO.',
    'Report in this order: the verdict and its main reason in one sentence; each blocker, with rate and signal ids in full; the fix for each; what to watch after the deploy.',
  ],
});
