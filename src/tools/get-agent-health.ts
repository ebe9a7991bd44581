import { z } from 'zod';
import { agentHealth } from '../queries/health.ts';
import { healthLines } from '../text/health.ts';
import { askAboutAgent } from './about-agent.ts';
import { agentIdArgument } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { healthObject, healthShape } from './health-object.ts';

export const getAgentHealthTool = defineTool({
  name: 'get_agent_health',
  title: 'Health score of an agent',
  description:
    "An agent's health score (0-100) over the last 30 days and its four components. For the score together with failures and fixes use summarize_agent; for what fails and when get_agent_patterns.",
  input: z.strictObject({ agent_id: agentIdArgument }),
  output: healthShape.extend({ agent_id: z.string() }),
  handler: async ({ agent_id: given }, context) => {
    const { agentId, reader, freshness } = await askAboutAgent(context, given);
    const health = agentHealth(reader, agentId, context.clock.now());
    return {
      lines: healthLines(agentId, health),
      structured: { agent_id: agentId, ...healthObject(health) },
      freshness,
      next: [
        { tool: 'get_agent_patterns', arguments: { agent_id: agentId } },
        { tool: 'get_agent_signals', arguments: { agent_id: agentId } },
      ],
    };
  },
});
