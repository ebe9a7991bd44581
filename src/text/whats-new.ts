import { idText } from '../printable.ts';
import { prose } from '../prose.ts';
import type { MovedRate } from '../queries/moved-rates.ts';
import type { QuietAgent } from '../queries/quiet-agents.ts';
import type { RunShare } from '../queries/run-counts.ts';
import type { NewAgent, NewSignals } from '../queries/whats-new.ts';
import { percent, severityMark } from './marks.ts';
import { plural } from './plural.ts';
import { ago, minute, span } from './time.ts';

/** The start of a list, and the list's total. */
export interface Top<Item> {
  items: readonly Item[];
  total: number;
}

export interface WhatsNew {
  /** Unix seconds, both ends included. */
  since: number;
  until: number;
  /** New signals by agent and type. */
  signals: Top<NewSignals> & { count: number };
  firstTimes: Top<NewSignals>;
  rates: Top<MovedRate>;
  quiet: Top<QuietAgent>;
  agents: Top<NewAgent>;
}

/** Lines of each part; structured content has more of each. */
const maxLines = { signals: 10, firstTimes: 5, rates: 5, quiet: 5, agents: 10 };

/** `rest`: where those are that the part leaves out. */
function section<Item>(
  title: string,
  { items, total }: Top<Item>,
  { max, rest = '' }: { max: number; rest?: string },
  lineOf: (item: Item) => string,
): string[] {
  if (total === 0) return [];
  const shown = items.slice(0, max);
  const left = total - shown.length;
  return [`${title}:`, ...shown.map(lineOf), ...(left > 0 ? [`…and ${left} more${rest}`] : [])];
}

const shareText = ({ hits, total }: RunShare) => `${percent(hits / total)} (${hits}/${total} runs)`;

/** Percentage points with their sign. */
const points = (fraction: number) => `${fraction > 0 ? '+' : ''}${Math.round(fraction * 100)}`;

const isPartial = ({ coveredFrom }: { coveredFrom: number | null }) => coveredFrom !== 0;

/** The worst severity of a group; `severities` is sorted from the worst down. */
const worst = (severities: ReadonlyMap<string, number>) => severities.keys().next().value ?? '';

const named = ({ agentId, failureType }: NewSignals) => `${idText(agentId)} ${idText(failureType)}`;

const firstText = (group: NewSignals) =>
  `first time${isPartial(group) ? ', as far as mirrored: older signals are missing' : ''}`;

function signalsText(group: NewSignals, now: number): string {
  const severities = [...group.severities].map(([name, count]) => `${prose(name)}×${count}`).join(', ');
  const first = group.isFirst ? ` (${firstText(group)})` : '';
  return `${severityMark(worst(group.severities))} ${named(group)} ${severities}${first}, newest id=${group.newestId} ${ago(now - group.lastAt)}`;
}

/** First-time types that no line above names. */
function otherFirstTimes({ signals, firstTimes }: WhatsNew): Top<NewSignals> {
  const above = new Set(signals.items.slice(0, maxLines.signals));
  const isAbove = (group: NewSignals) => above.has(group);
  return {
    items: firstTimes.items.filter((group) => !isAbove(group)),
    total: firstTimes.total - signals.items.filter((group) => group.isFirst && isAbove(group)).length,
  };
}

function agentText(agent: NewAgent, now: number): string {
  const first = agent.firstRun === null ? 'no run is listed yet' : `first run ${ago(now - agent.firstRun)}`;
  const partial = isPartial(agent) ? ', as far as mirrored: older runs are missing' : '';
  return `${idText(agent.agentId)} (${plural(agent.runs, 'run')}, ${first}${partial})`;
}

/** What changed in a span of time. `now` is in Unix seconds. */
export function whatsNewLines(news: WhatsNew, now: number): string[] {
  const { since, until, signals, rates, quiet, agents } = news;
  const head = `What is new since ${minute(since)} (${ago(now - since)})`;
  const isEmpty = signals.total + rates.total + quiet.total + agents.total === 0;
  if (isEmpty) return [head, 'Nothing: no new signals, no rates that moved, no agents new or gone quiet.'];
  const rest = ': search_signals lists all signals';
  return [
    head,
    ...(signals.total === 0 ? ['No new signals.'] : []),
    ...section(`New signals (${signals.count}), by agent and type`, signals, { max: maxLines.signals, rest }, (group) =>
      signalsText(group, now),
    ),
    ...section(
      'Also for the first time',
      otherFirstTimes(news),
      { max: maxLines.firstTimes, rest },
      (group) =>
        `${named(group)}, first ${ago(now - group.firstAt)}${isPartial(group) ? ` (${firstText(group)})` : ''}`,
    ),
    ...section(
      `Failure rates that moved beyond chance, against the 7 days before (${rates.total}; change in points)`,
      rates,
      { max: maxLines.rates },
      ({ agentId, before, after, change }) =>
        `${change.low > 0 ? '▲' : '▼'} ${idText(agentId)} ${shareText(before)} → ${shareText(after)}, ${points(change.low)} to ${points(change.high)}`,
    ),
    ...section(
      `Agents gone quiet (${quiet.total}; usual and longest time between runs)`,
      quiet,
      { max: maxLines.quiet },
      ({ agentId, lastSeen, usualGap, longestGap, quietSince }) => {
        const before = quietSince < since ? ' (already quiet before that moment)' : '';
        return `${idText(agentId)} no run for ${span(until - lastSeen)}, usually ${span(usualGap)}, at most ${span(longestGap)}${before}`;
      },
    ),
    ...section(
      `New agents (${agents.total})`,
      agents,
      { max: maxLines.agents, rest: ': list_agents lists all agents' },
      (agent) => agentText(agent, now),
    ),
  ];
}
