import { onceEach } from '../once-each.ts';
import { printable } from '../printable.ts';
import type { AgentItem } from '../queries/agents.ts';
import { table } from './tables.ts';
import { ago } from './time.ts';

const typesLine = onceEach(({ failureTypes }: AgentItem) =>
  failureTypes.map(([type, count]) => `${printable(type)}×${count}`).join(', '),
);

/** The fleet, a line an agent, with its failure types below. `now` is in Unix seconds. */
export function agentLines(
  { items: agents, total, covered }: { items: readonly AgentItem[]; total: number; covered: boolean },
  now: number,
): string[] {
  if (agents.length === 0) return [covered ? 'The API lists no agents.' : 'No agents are mirrored yet.'];
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
      agent.agentId,
      String(agent.runCount),
      String(agent.signalCount),
      String(agent.criticalCount),
      String(agent.highCount),
      agent.lastSeen === null ? 'never' : ago(now - agent.lastSeen),
    ]),
  );
  const types = agents.map(typesLine);
  const shown = total > agents.length ? ['', `${agents.length} shown of ${total} agents.`] : [];
  return [head, rule, ...rows.flatMap((row, index) => [row, ...(types[index] ? [`  ${types[index]}`] : [])]), ...shown];
}
