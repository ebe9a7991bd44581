import * as z from 'zod';
import { newSince } from '../queries/agent-news.ts';
import { type AgentPlace, type AgentSort, agentSorts } from '../queries/agent-order.ts';
import { type ListedAgent, orderedAgents } from '../queries/agents.ts';
import { agentLines } from '../text/agents.ts';
import { second } from '../text/time.ts';
import { demandMirror } from './about-agent.ts';
import { cursorArgument } from './arguments.ts';
import { decodeCursor } from './cursor.ts';
import { defineTool } from './define-tool.ts';
import { pageOf, pageShape } from './page.ts';
import { windowEnd } from './window.ts';

/** Agents per page. */
const pageSize = 50;
/** How many failure types structured content lists for an agent. */
const maxTypes = 50;

const orders: Readonly<Record<AgentSort, string>> = {
  gravity: 'gravest first',
  name: 'by name',
  last_seen: 'last seen first',
  signals: 'most signals first',
};

/** In any case, with a blank or a dash for the underscore. */
const sortArgument = z
  .string()
  .transform((sort) => sort.trim().toLowerCase().replaceAll(/[ -]/g, '_'))
  .pipe(z.enum(agentSorts, { error: `takes ${agentSorts.join(', ')}` }))
  .default('gravity')
  .describe('gravity (worse first), name, last_seen or signals');

const agentShape = z.object({
  agent_id: z.string(),
  run_count: z.number(),
  signal_count: z.number(),
  critical_count: z.number(),
  high_count: z.number(),
  last_seen: z.string().optional(),
  /** Since yesterday, UTC. */
  new_signals: z.number(),
  first_time_types: z.array(z.string()).optional(),
  /** Of runs that failed, where it rose beyond chance. */
  failure_rate: z.object({ before: z.number(), after: z.number() }).optional(),
  failure_types: z.record(z.string(), z.number()),
  /** The total, if there are more than the answer lists. */
  failure_types_total: z.number().optional(),
});

const rounded = (hits: number, total: number) => Math.round((hits / total) * 1000) / 1000;

function agentObject({ news, ...agent }: ListedAgent): z.infer<typeof agentShape> {
  const { firstTypes, risen } = news;
  return {
    agent_id: agent.agentId,
    run_count: agent.runCount,
    signal_count: agent.signalCount,
    critical_count: agent.criticalCount,
    high_count: agent.highCount,
    ...(agent.lastSeen === null ? {} : { last_seen: second(agent.lastSeen) }),
    new_signals: news.signals,
    ...(firstTypes.length === 0 ? {} : { first_time_types: firstTypes.slice(0, maxTypes) }),
    ...(risen
      ? {
          failure_rate: {
            before: rounded(risen.before.hits, risen.before.total),
            after: rounded(risen.after.hits, risen.after.total),
          },
        }
      : {}),
    failure_types: Object.fromEntries(agent.failureTypes.slice(0, maxTypes)),
    ...(agent.failureTypes.length > maxTypes ? { failure_types_total: agent.failureTypes.length } : {}),
  };
}

/** Agents change places between two pages, in every order but that of names. */
const moving = 'an agent that moved since the first page may be missing, or here twice; sort="name" lists each once';

/** The place after which a page begins, in a cursor. */
const placeShape = z.tuple([z.array(z.number()), z.string()]);

function afterOf(cursor: string | undefined, question: readonly unknown[]): AgentPlace | undefined {
  const position = decodeCursor(cursor, question, placeShape);
  if (!position) return undefined;
  const [, [numbers, agentId]] = position;
  return { numbers, agentId };
}

export const listAgentsTool = defineTool({
  name: 'list_agents',
  title: 'Agents',
  description:
    "AI agents (bots) running in production that Dunetrace monitors, not the client's own subagents: their runs, signals and failure types. Start here: other tools take their ids. One in depth: summarize_agent.",
  input: z.strictObject({ sort: sortArgument, cursor: cursorArgument }),
  output: z.object({ items: z.array(agentShape), ...pageShape }),
  handler: async ({ sort, cursor }, { ensure }, { maxRows }) => {
    const limit = Math.min(pageSize, maxRows);
    const question = ['list_agents', sort];
    const after = afterOf(cursor, question);
    return ensure.fleet((reader, ensured) => {
      demandMirror(reader, ensured);
      const { freshness, time } = ensured;
      const { end } = windowEnd(freshness, time);
      const found = orderedAgents(reader, { sort, limit: limit + 1, after, end });
      const { items, lines, structured } = pageOf(found, limit, question, ({ place }) => [
        null,
        [place.numbers, place.agentId],
      ]);
      const view = { items, total: found.total, covered: freshness.covered, order: orders[sort] };
      return {
        lines: [...agentLines({ ...view, newSince: newSince(end) }, time.now), ...lines],
        structured: { items: items.map(agentObject), ...structured },
        notes: cursor === undefined || sort === 'name' ? [] : [moving],
        freshness,
      };
    });
  },
});
