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

function section<Item>(title: string, { items, total }: Top<Item>, lineOf: (item: Item) => string): string[] {
  if (total === 0) return [];
  const rest = total > items.length ? [`  … ${total - items.length} more`] : [];
  return ['', `${title}:`, ...items.map(lineOf), ...rest];
}

const shareText = ({ hits, total }: RunShare) => `${percent(hits / total)} (${hits}/${total} runs)`;

/** Percentage points with their sign. */
const points = (fraction: number) => `${fraction > 0 ? '+' : ''}${Math.round(fraction * 100)}`;

const isPartial = ({ coveredFrom }: { coveredFrom: number | null }) => coveredFrom !== 0;

/** The worst severity of a group; `severities` is sorted from the worst down. */
const worst = (severities: ReadonlyMap<string, number>) => severities.keys().next().value ?? '';

/** What changed in a span of time. `now` is in Unix seconds. */
export function whatsNewLines(news: WhatsNew, now: number): string[] {
  const { since, until, signals, firstTimes, rates, quiet, agents } = news;
  const head = `What is new since ${minute(since)} (${ago(now - since)})`;
  const isEmpty = signals.total + rates.total + quiet.total + agents.total === 0;
  if (isEmpty) return [head, '', 'Nothing: no new signals, no rates that moved, no agents new or gone quiet.'];
  return [
    head,
    ...(signals.total === 0 ? ['', 'No new signals.'] : []),
    ...section(`New signals (${signals.count}), by agent and type`, signals, (group) => {
      const severities = [...group.severities].map(([name, count]) => `${prose(name)}×${count}`).join(', ');
      return `  ${severityMark(worst(group.severities))} ${idText(group.agentId)}  ${idText(group.failureType)}  ${severities}  newest id=${group.newestId}, last ${ago(now - group.lastAt)}`;
    }),
    ...section(`First-time failure types (${firstTimes.total})`, firstTimes, (group) => {
      const partial = isPartial(group) ? ' (as far as mirrored: older signals are missing)' : '';
      return `  ${idText(group.agentId)}  ${idText(group.failureType)}  first ${ago(now - group.firstAt)}${partial}`;
    }),
    ...section(`Failure rates that moved beyond chance, against the 7 days before (${rates.total})`, rates, (rate) => {
      const { agentId, before, after, change } = rate;
      return `  ${change.low > 0 ? '▲' : '▼'} ${idText(agentId)}  ${shareText(before)} → ${shareText(after)}, change ${points(change.low)} to ${points(change.high)} points`;
    }),
    ...section(
      `Agents gone quiet (${quiet.total})`,
      quiet,
      ({ agentId, lastSeen, usualGap, longestGap, quietSince }) => {
        const before = quietSince < since ? ' (already quiet before that moment)' : '';
        return `  ${idText(agentId)}  no run for ${span(until - lastSeen)}, usually one every ${span(usualGap)}, ${span(longestGap)} apart at most${before}`;
      },
    ),
    ...section(`New agents (${agents.total})`, agents, (agent) => {
      const first = agent.firstRun === null ? 'no run is listed yet' : `first run ${ago(now - agent.firstRun)}`;
      const partial = isPartial(agent) ? ' (as far as mirrored: older runs are missing)' : '';
      return `  ${idText(agent.agentId)}  ${plural(agent.runs, 'run')}, ${first}${partial}`;
    }),
  ];
}
