import * as z from 'zod';
import { type AgentItem, listAgents } from '../queries/agents.ts';
import { agentLines } from '../text/agents.ts';
import { second } from '../text/time.ts';
import { demandMirror } from './about-agent.ts';
import { cursorArgument } from './arguments.ts';
import { decodeCursor, textId } from './cursor.ts';
import { defineTool } from './define-tool.ts';
import { pageOf, pageShape } from './page.ts';

/** Agents per page. */
const pageSize = 100;
/** How many failure types structured content lists for an agent. */
const maxTypes = 50;
const question = ['list_agents'];

const agentShape = z.object({
  agent_id: z.string(),
  run_count: z.number(),
  signal_count: z.number(),
  critical_count: z.number(),
  high_count: z.number(),
  last_seen: z.string().optional(),
  failure_types: z.record(z.string(), z.number()),
  /** The total, if there are more than the answer lists. */
  failure_types_total: z.number().optional(),
});

const agentObject = (agent: AgentItem): z.infer<typeof agentShape> => ({
  agent_id: agent.agentId,
  run_count: agent.runCount,
  signal_count: agent.signalCount,
  critical_count: agent.criticalCount,
  high_count: agent.highCount,
  ...(agent.lastSeen === null ? {} : { last_seen: second(agent.lastSeen) }),
  failure_types: Object.fromEntries(agent.failureTypes.slice(0, maxTypes)),
  ...(agent.failureTypes.length > maxTypes ? { failure_types_total: agent.failureTypes.length } : {}),
});

/** Which agent to look at first: the one with the most CRITICAL and HIGH signals, then with the most signals. */
const gravity = ({ criticalCount, highCount, signalCount }: AgentItem) =>
  (criticalCount + highCount) * 1e6 + signalCount;

export const listAgentsTool = defineTool({
  name: 'list_agents',
  title: 'Agents',
  description:
    "AI agents (bots) running in production that Dunetrace monitors, not the client's own subagents: their runs, signals and failure types. Start here: other tools take their ids. One in depth: summarize_agent.",
  input: z.strictObject({ cursor: cursorArgument }),
  output: z.object({ items: z.array(agentShape), ...pageShape }),
  handler: async ({ cursor }, { ensure }, { maxRows }) => {
    const limit = Math.min(pageSize, maxRows);
    const after = decodeCursor(cursor, question, textId);
    return ensure.fleet((reader, ensured) => {
      demandMirror(reader, ensured);
      const { freshness, time } = ensured;
      const found = listAgents(reader, { limit: limit + 1, after });
      const { items, lines, structured } = pageOf(found, limit, question, (agent) => [agent.lastSeen, agent.agentId]);
      const worst = items.toSorted((a, b) => gravity(b) - gravity(a))[0];
      return {
        lines: [...agentLines({ items, total: found.total, covered: freshness.covered }, time.now), ...lines],
        structured: { items: items.map(agentObject), ...structured },
        freshness,
        next: worst ? [{ tool: 'summarize_agent', arguments: { agent_id: worst.agentId } }] : [],
      };
    });
  },
});
