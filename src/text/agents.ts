import { cut, idText } from '../printable.ts';
import type { AgentItem } from '../queries/agents.ts';
import { plural } from './plural.ts';
import { table } from './tables.ts';
import { ago } from './time.ts';

/** Failure types that a line names. */
const maxTypes = 20;

function typesLine({ failureTypes }: AgentItem): string {
  const named = failureTypes.slice(0, maxTypes).map(([type, count]) => `${idText(cut(type, 60))}×${count}`);
  const rest = failureTypes.length - named.length;
  return [...named, ...(rest > 0 ? [`…+${plural(rest, 'more type')}`] : [])].join(', ');
}

function linesOf(agents: readonly AgentItem[], now: number): string[] {
  const [head = '', rule = '', ...rows] = table(
    [
      { title: 'AGENT' },
      { title: 'RUNS', align: 'right' },
      { title: 'SIGS', align: 'right' },
      { title: 'CRIT', align: 'right' },
      { title: 'HIGH', align: 'right' },
      { title: 'LAST SEEN' },
    ],
    agents.map((agent) => [
      idText(agent.agentId),
      String(agent.runCount),
      String(agent.signalCount),
      String(agent.criticalCount),
      String(agent.highCount),
      agent.lastSeen === null ? 'never' : ago(now - agent.lastSeen),
    ]),
  );
  const types = agents.map(typesLine);
  return [head, rule, ...rows.flatMap((row, index) => [row, ...(types[index] ? [`  ${types[index]}`] : [])])];
}

/** The fleet, one line per agent, with its failure types below. `now` is in Unix seconds. */
export function agentLines(
  { items: agents, total, covered }: { items: readonly AgentItem[]; total: number; covered: boolean },
  now: number,
): string[] {
  if (agents.length === 0) return [covered ? 'The API lists no agents.' : 'No agents are mirrored yet.'];
  const shown = total > agents.length ? ['', `${agents.length} shown of ${total} agents.`] : [];
  return [...linesOf(agents, now), ...shown];
}
