import { z } from 'zod';
import { agentRuns } from '../queries/runs.ts';
import { runLines } from '../text/runs.ts';
import { clampLimit, defineTool } from './define-tool.ts';
import { demandAgent } from './known-agent.ts';
import { runObject, runShape } from './run-object.ts';

const maxLimit = 100;

export const getAgentRunsTool = defineTool({
  name: 'get_agent_runs',
  title: 'Recent runs of an agent',
  description:
    "An agent's recent runs with durations, steps and signal status, newest first. For one run's timeline use get_run_detail.",
  input: z.strictObject({
    agent_id: z.string().describe('Agent ID (from list_agents)'),
    limit: z.int().default(20).describe(`Max runs to return (max ${maxLimit})`),
  }),
  output: z.object({ agent_id: z.string(), items: z.array(runShape), total: z.number(), returned: z.number() }),
  handler: async ({ agent_id: agentId, limit: wanted }, { ensure, clock }) => {
    const freshness = await ensure.agent(agentId);
    const reader = await ensure.reader();
    demandAgent(reader, agentId, freshness);
    const { limit, said } = clampLimit(wanted, maxLimit);
    const { items, total } = agentRuns(reader, agentId, limit);
    return {
      lines: [...runLines(agentId, { items, total, covered: freshness.covered }, clock.now()), ...said],
      structured: { agent_id: agentId, items: items.map(runObject), total, returned: items.length },
      freshness,
    };
  },
});
