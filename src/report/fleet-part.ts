import { meter, sparkline } from '../pictures/bars.ts';
import { toneOf } from '../pictures/health-meter.ts';
import { type Markup, markup } from '../pictures/markup.ts';
import { many, sum } from '../pictures/words.ts';
import type { Health } from '../queries/health.ts';
import { percent } from '../text/marks.ts';
import { ago } from '../text/time.ts';
import { whole } from '../text/token-stats.ts';
import { agentLink, type LinkOf } from './agent-link.ts';
import { anchorOf } from './anchor.ts';
import { badges, countOf } from './badges.ts';
import type { FleetRow, Report } from './contents.ts';
import { dollars } from './money.ts';
import { type Column, table } from './table.ts';

function healthCell({ score }: Health): Markup {
  if (score === null) return markup`<span class="dim">too few runs</span>`;
  const tone = toneOf(score);
  return markup`<span class="health-cell"><span class="${tone}">${score} ${tone}</span>${meter(score / 100, `${score} of 100`, tone)}</span>`;
}

const number = (title: string, cell: (row: FleetRow) => string): Column<FleetRow> => ({
  title,
  isNumber: true,
  cell: (row) => markup`${cell(row)}`,
});

const columnsOf = ({ days, end }: Report): readonly Column<FleetRow>[] => [
  number('Runs', ({ runs }) => whole(runs.total)),
  number('Failed', ({ runs: { hits, total } }) => (total === 0 ? '–' : percent(hits / total))),
  number('Signals', ({ daily }) => whole(sum(daily))),
  { title: 'Each day', cell: ({ daily }) => sparkline(daily, `${many(sum(daily), 'signal')} in ${many(days, 'day')}`) },
  number('Critical', ({ signals }) => whole(countOf(signals, 'CRITICAL'))),
  number('High', ({ signals }) => whole(countOf(signals, 'HIGH'))),
  { title: 'Health', cell: ({ health }) => healthCell(health) },
  number('Tokens', ({ spent }) => (spent.runs === 0 ? '–' : whole(spent.all.tokens))),
  number('Cost', ({ spent }) => (spent.runs === 0 ? '–' : dollars(spent.all.cost))),
  number('Last seen', ({ agent }) => (agent.lastSeen === null ? 'never' : ago(end - agent.lastSeen))),
];

const look = { isShort: true, idOf: ({ agent }: FleetRow) => anchorOf('row', agent.agentId) };

/** The table of all agents, the gravest first. */
export function fleetPart(report: Report, linkOf: LinkOf): Markup {
  const { fleet, days } = report;
  const name: Column<FleetRow> = {
    title: 'Agent',
    cell: (row) => markup`${agentLink(row.agent.agentId, linkOf)} ${badges(row)}`,
  };
  const rows =
    fleet.length === 0 ? markup`<p>No agents are mirrored.</p>` : table(name, columnsOf(report), fleet, look);
  const span = days === 1 ? 'this day' : `these ${days} days`;
  return markup`<section class="fleet"><h2>${many(fleet.length, 'agent')} in ${span}, the gravest first</h2>${rows}<p class="dim">Gravest are the agents that got worse by more than chance explains or have failure types that they never had before (both: first), then those with more CRITICAL, HIGH and other signals. Failed: runs with a signal. Health (0 to 100) is that of 30 days, by the server's formula.</p></section>`;
}
