import * as z from 'zod';
import { daySeconds } from '../days.ts';
import { coveredFrom } from '../queries/coverage.ts';
import { agentHealth, healthDays } from '../queries/health.ts';
import { healthLines } from '../text/health.ts';
import { askAboutAgent } from './about-agent.ts';
import { agentIdArgument } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { healthObject, healthShape } from './health-object.ts';
import { coverageNotes, windowEnd } from './window.ts';

export const getAgentHealthTool = defineTool({
  name: 'get_agent_health',
  title: 'Health of an agent',
  description:
    'How healthy an agent is: a score of 0-100 over 30 days and its four components. The score with failures and fixes: summarize_agent.',
  input: z.strictObject({ agent_id: agentIdArgument }),
  output: healthShape.extend({ agent_id: z.string() }),
  handler: ({ agent_id: given }, context) =>
    askAboutAgent(context, given, (reader, { agentId, freshness, time }) => {
      const { now } = time;
      const { end, notes } = windowEnd(freshness, time);
      const health = agentHealth(reader, agentId, end);
      return {
        lines: healthLines(agentId, health, now),
        structured: { agent_id: agentId, ...healthObject(health, now) },
        freshness,
        notes: [...notes, ...coverageNotes(coveredFrom(reader, agentId), end - healthDays * daySeconds)],
      };
    }),
});
