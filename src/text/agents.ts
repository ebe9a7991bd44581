import { cut, idText, printable } from '../printable.ts';
import type { AgentItem, ListedAgent } from '../queries/agents.ts';
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

const typeText = (type: string) => cut(printable(type), 60);

function typesText({ failureTypes }: AgentItem, max: number): string {
  const named = failureTypes.slice(0, max).map(([type, count]) => `${typeText(type)}×${count}`);
  const rest = failureTypes.length - named.length;
  return [...named, ...(rest > 0 ? [`+${plural(rest, 'more type')}`] : [])].join(', ');
}

const shareText = ({ hits, total }: RunShare) => `${percent(hits / total)} (${hits}/${total})`;

/** Why an agent comes before those that only have many signals. */
function worseLines({ news: { firstTypes, risen } }: ListedAgent): string[] {
  const reasons = [
    ...(risen ? [`failing runs ${shareText(risen.before)} → ${shareText(risen.after)}`] : []),
    ...(firstTypes.length > 0 ? [`for the first time ${firstTypes.map(typeText).join(', ')}`] : []),
  ];
  return reasons.length === 0 ? [] : [`  ▲ ${reasons.join('; ')}`];
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
  return [
    `${shown}, ${order}; NEW: signals since ${new Date(newSince * 1000).toISOString().slice(5, 10)} (UTC), ▲: worse since then than in the 7 days before`,
    titles,
    ...items.flatMap((agent, index) => [rows[index] ?? '', ...worseLines(agent)]),
  ];
}
