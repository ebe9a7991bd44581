import { z } from 'zod';
import { listAgents } from '../queries/agents.ts';
import { agentLines } from '../text/agents.ts';
import { iso } from '../text/time.ts';
import { defineTool } from './define-tool.ts';

export const listAgentsTool = defineTool({
  name: 'list_agents',
  title: 'List agents',
  description:
    'All monitored agents with their run counts, signal counts and failure types. Start here to learn the agent ids that the other tools take.',
  input: z.strictObject({}),
  output: z.object({
    items: z.array(
      z.object({
        agent_id: z.string(),
        run_count: z.number(),
        signal_count: z.number(),
        critical_count: z.number(),
        high_count: z.number(),
        last_seen: z.string().optional(),
        failure_types: z.record(z.string(), z.number()),
      }),
    ),
    total: z.number(),
    returned: z.number(),
  }),
  handler: async (_, { ensure, clock }) => {
    const freshness = await ensure.fleet();
    const agents = listAgents(await ensure.reader());
    const items = agents.map((agent) => ({
      agent_id: agent.agentId,
      run_count: agent.runCount,
      signal_count: agent.signalCount,
      critical_count: agent.criticalCount,
      high_count: agent.highCount,
      ...(agent.lastSeen === null ? {} : { last_seen: iso(agent.lastSeen) }),
      failure_types: Object.fromEntries(agent.failureTypes),
    }));
    return {
      lines: agentLines(agents, clock.now(), freshness.covered),
      structured: { items, total: items.length, returned: items.length },
      freshness,
    };
  },
});
