import * as z from 'zod';
import { chosenAgent } from './about-agent.ts';
import { clampLimit, failureTypeArgument, limitArgument, onlyAgentArgument, text } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { askAboutIssues, issuesAnswer, issuesShape } from './issue-answer.ts';
import { statusArgument, wantedStatus } from './list-agent-issues.ts';
import { realName } from './real-name.ts';

const maxLimit = 200;

export const searchIssuesTool = defineTool({
  name: 'search_issues',
  title: 'Search issues',
  description:
    'Issues (tickets) of all agents by status, failure type, agent or words: what is open (unresolved), the triage list of the whole fleet. One agent: list_agent_issues; single occurrences: search_signals.',
  input: z.strictObject({
    query: text().optional().describe('A part of the failure type or agent id'),
    status: statusArgument.optional(),
    agent_id: onlyAgentArgument,
    failure_type: failureTypeArgument,
    limit: limitArgument(20, maxLimit),
  }),
  output: z.object(issuesShape),
  handler: ({ query: words, status, agent_id, failure_type: type, limit: wanted }, { ensure }, { maxRows }) =>
    askAboutIssues(ensure, (reader, ensured) => {
      const { limit, notes } = clampLimit(wanted, maxLimit, maxRows);
      const filter = {
        agentId: agent_id === undefined ? undefined : chosenAgent(reader, agent_id),
        failureType: type === undefined ? undefined : realName(reader, type),
        status: wantedStatus(status),
        words: words?.trim(),
      };
      return { ...issuesAnswer(reader, ensured, filter, limit), notes };
    }),
});
