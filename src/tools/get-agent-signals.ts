import { z } from 'zod';
import { agentSignals } from '../queries/signals.ts';
import { agentSignalLines } from '../text/signals.ts';
import { clampLimit, defineTool } from './define-tool.ts';
import { demandAgent } from './known-agent.ts';
import { signalObject, signalShape } from './signal-object.ts';

const maxLimit = 100;

export const getAgentSignalsTool = defineTool({
  name: 'get_agent_signals',
  title: 'Failure signals of an agent',
  description:
    "An agent's recent failure signals with explanation and top fix, newest first. For its runs use get_agent_runs.",
  input: z.strictObject({
    agent_id: z.string().describe('Agent ID (from list_agents)'),
    limit: z.int().default(20).describe(`Max signals to return (max ${maxLimit})`),
    severity: z
      .string()
      .transform((severity) => severity.toUpperCase())
      .pipe(z.enum(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW']))
      .optional()
      .describe('Filter: CRITICAL, HIGH, MEDIUM, or LOW'),
  }),
  output: z.object({
    agent_id: z.string(),
    items: z.array(signalShape.extend({ what: z.string().optional(), fix: z.string().optional() })),
    total: z.number(),
    returned: z.number(),
  }),
  handler: async ({ agent_id: agentId, limit: wanted, severity }, { ensure, clock }) => {
    const freshness = await ensure.agent(agentId);
    const reader = await ensure.reader();
    demandAgent(reader, agentId, freshness);
    const { limit, said } = clampLimit(wanted, maxLimit);
    const { items, total } = agentSignals(reader, { agentId, severity, limit });
    const told = new Set<string>();
    const objects = items.map((signal) => {
      const isTold = told.has(signal.what);
      told.add(signal.what);
      const fix = signal.fixes[0]?.description;
      if (isTold) return signalObject(signal);
      return { ...signalObject(signal), ...(signal.what ? { what: signal.what } : {}), ...(fix ? { fix } : {}) };
    });
    return {
      lines: [...agentSignalLines(agentId, { items, total, covered: freshness.covered }, clock.now()), ...said],
      structured: { agent_id: agentId, items: objects, total, returned: items.length },
      freshness,
    };
  },
});
