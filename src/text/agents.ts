import { onceEach } from '../once-each.ts';
import { cut, idText, printable } from '../printable.ts';
import type { AgentItem } from '../queries/agents.ts';
import { plural } from './plural.ts';
import { table } from './tables.ts';
import { ago } from './time.ts';

/** Failure types that a line names. */
const maxTypes = 20;

const typesLine = onceEach(({ failureTypes }: AgentItem) => {
  const named = failureTypes.slice(0, maxTypes).map(([type, count]) => `${cut(printable(type), 60)}×${count}`);
  const rest = failureTypes.length - named.length;
  return [...named, ...(rest > 0 ? [`…+${plural(rest, 'more type')}`] : [])].join(', ');
});

interface Rendered {
  seen: readonly string[];
  lines: string[];
}

/** The lines of agents that stay for many answers: they are the same until one of them was seen longer ago. */
const rendered = new WeakMap<readonly AgentItem[], Rendered>();

function linesOf(agents: readonly AgentItem[], seen: readonly string[]): string[] {
  const known = rendered.get(agents);
  if (known?.seen.every((text, index) => text === seen[index])) return known.lines;
  const [head = '', rule = '', ...rows] = table(
    [
      { title: 'AGENT' },
      { title: 'RUNS', align: 'right' },
      { title: 'SIGS', align: 'right' },
      { title: 'CRIT', align: 'right' },
      { title: 'HIGH', align: 'right' },
      { title: 'LAST SEEN' },
    ],
    agents.map((agent, index) => [
      idText(agent.agentId),
      String(agent.runCount),
      String(agent.signalCount),
      String(agent.criticalCount),
      String(agent.highCount),
      seen[index] ?? '',
    ]),
  );
  const types = agents.map(typesLine);
  const lines = [head, rule, ...rows.flatMap((row, index) => [row, ...(types[index] ? [`  ${types[index]}`] : [])])];
  rendered.set(agents, { seen, lines });
  return lines;
}

/** The fleet, a line an agent, with its failure types below. `now` is in Unix seconds. */
export function agentLines(
  { items: agents, total, covered }: { items: readonly AgentItem[]; total: number; covered: boolean },
  now: number,
): string[] {
  if (agents.length === 0) return [covered ? 'The API lists no agents.' : 'No agents are mirrored yet.'];
  const seen = agents.map(({ lastSeen }) => (lastSeen === null ? 'never' : ago(now - lastSeen)));
  const shown = total > agents.length ? ['', `${agents.length} shown of ${total} agents.`] : [];
  return [...linesOf(agents, seen), ...shown];
}
