import { meter, sparkline } from '../pictures/bars.ts';
import { toneOf } from '../pictures/health-meter.ts';
import { type Markup, markup } from '../pictures/markup.ts';
import { sum } from '../pictures/words.ts';
import { idText } from '../printable.ts';
import type { Health } from '../queries/health.ts';
import { ago } from '../text/time.ts';
import type { FleetRow, Report } from './contents.ts';

function healthCell({ score }: Health): Markup {
  if (score === null) return markup`<span class="dim">too few runs</span>`;
  return markup`<span class="${toneOf(score)}">${score}/100</span>${meter(score / 100, `${score} of 100`, toneOf(score))}`;
}

function row({ agent, runs, daily, health }: FleetRow, { end, days }: Report, place: number): Markup {
  const seen = agent.lastSeen === null ? 'never' : ago(end - agent.lastSeen);
  const total = sum(daily);
  return markup`<tr><td><a href="#agent-${place}">${idText(agent.agentId)}</a></td><td class="num">${runs}</td><td class="num">${total}</td><td>${sparkline(daily, `${total} signals in ${days} days`)}</td><td>${healthCell(health)}</td><td class="num">${agent.criticalCount}</td><td class="num">${agent.highCount}</td><td>${seen}</td></tr>`;
}

/** The table of all agents, those with the most signals first. */
export function fleetPart(report: Report): Markup {
  const { fleet, days, agents } = report;
  const rest = fleet.length - agents.length;
  const more =
    rest > 0
      ? markup`<p class="dim">The ${agents.length} agents with the most signals are shown in detail; --agent shows another.</p>`
      : markup``;
  return markup`<section><h2>Fleet</h2><div class="scroll"><table><thead><tr><th>Agent</th><th class="num">Runs</th><th class="num">Signals</th><th>Each day</th><th>Health</th><th class="num">Critical*</th><th class="num">High*</th><th>Last seen</th></tr></thead><tbody>${fleet.map((each, place) => row(each, report, place))}</tbody></table></div><p class="dim">Runs and signals of ${days === 1 ? 'one day' : `${days} days`}; health of 30. *Of all time, as the API counts them.</p>${more}</section>`;
}
