import { cut, idText } from '../printable.ts';
import type { ListedAgent } from '../queries/agents.ts';
import type { RunShare } from '../queries/run-counts.ts';
import { percent } from './marks.ts';
import { plural } from './plural.ts';
import { plainTable } from './tables.ts';
import { ago } from './time.ts';

export interface AgentsView {
  items: readonly ListedAgent[];
  total: number;
  covered: boolean;
  /** How they are sorted: `gravest first`. */
  order: string;
  /** Since when there is news, in Unix seconds. */
  newSince: number;
}

/** Failure types that a page names, in all and at least of each agent. */
const maxNamed = 100;
const minTypes = 2;

const typeText = (type: string) => idText(cut(type, 60));

/** Failure types with their signals, those that the agent has for the first time before the others, and marked. */
function typesText({ failureTypes, news: { firstTypes } }: ListedAgent, max: number): string {
  const isFirst = new Set(firstTypes);
  const counts = new Map(failureTypes);
  const others = failureTypes.map(([type]) => type).filter((type) => !isFirst.has(type));
  const types = [...firstTypes, ...others];
  const named = types.slice(0, max).map((type) => {
    const count = counts.get(type);
    return `${isFirst.has(type) ? '▲' : ''}${typeText(type)}${count === undefined ? '' : `×${count}`}`;
  });
  const rest = types.slice(max);
  const firsts = rest.filter((type) => isFirst.has(type)).length;
  const marked = firsts === 0 ? '' : ` (${firsts}▲)`;
  return [...named, ...(rest.length > 0 ? [`+${rest.length} more${marked}`] : [])].join(', ');
}

const shareText = ({ hits, total }: RunShare) => `${percent(hits / total)} (${hits}/${total})`;

/** That more of an agent's runs fail than before. */
function risenLines({ news: { risen } }: ListedAgent): string[] {
  return risen ? [`  ▲ failing runs ${shareText(risen.before)} → ${shareText(risen.after)}`] : [];
}

/** The fleet, an agent a line. `now` is in Unix seconds. */
export function agentLines({ items, total, covered, order, newSince }: AgentsView, now: number): string[] {
  if (items.length === 0) return [covered ? 'The API lists no agents.' : 'No agents are mirrored yet.'];
  const max = Math.max(minTypes, Math.floor(maxNamed / items.length));
  const [titles = '', ...rows] = plainTable(
    ['AGENT', 'RUNS', 'SIGS', 'CRIT', 'HIGH', 'NEW', 'LAST SEEN', 'FAILURE TYPES'],
    items.map((agent) => [
      idText(agent.agentId),
      String(agent.runCount),
      String(agent.signalCount),
      String(agent.criticalCount),
      String(agent.highCount),
      String(agent.news.signals),
      agent.lastSeen === null ? 'never' : ago(now - agent.lastSeen),
      typesText(agent, max),
    ]),
  );
  const shown = total > items.length ? `${items.length} shown of ${plural(total, 'agent')}` : plural(total, 'agent');
  const day = new Date(newSince * 1000).toISOString().slice(5, 10);
  return [
    `${shown}, ${order}; NEW: signals since ${day} (UTC), ▲: a failure type for the first time since then, or more failing runs than in the 7 days before`,
    titles,
    ...items.flatMap((agent, index) => [rows[index] ?? '', ...risenLines(agent)]),
  ];
}
