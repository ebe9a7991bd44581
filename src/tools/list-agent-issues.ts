import * as z from 'zod';
import { realId } from './about-agent.ts';
import { agentIdArgument, text } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { askAboutIssues, issuesAnswer, issuesShape } from './issue-answer.ts';

const maxIssues = 200;

export const statusArgument = text()
  .transform((status) => status.trim().toLowerCase())
  .pipe(z.enum(['open', 'reopened', 'resolved', 'all'], { error: 'takes open, reopened, resolved or all' }))
  .describe('open (with reopened), reopened, resolved or all');

export const wantedStatus = (status: string | undefined) => (status === 'all' ? undefined : status);

export const listAgentIssuesTool = defineTool({
  name: 'list_agent_issues',
  title: 'Issues of an agent',
  description:
    'What is still broken in an agent: its unresolved issues (bugs), one for each failure type, or others by status, with affected runs and clean runs since. Across agents: search_issues.',
  input: z.strictObject({ agent_id: agentIdArgument, status: statusArgument.default('open') }),
  output: z.object({ agent_id: z.string(), ...issuesShape }),
  handler: ({ agent_id: given, status }, { ensure }, { maxRows }) =>
    askAboutIssues(ensure, (reader, ensured) => {
      const agentId = realId(reader, given);
      const filter = { agentId, status: wantedStatus(status) };
      const answer = issuesAnswer(reader, ensured, filter, Math.min(maxIssues, maxRows));
      return { ...answer, structured: { agent_id: agentId, ...answer.structured } };
    }),
});
