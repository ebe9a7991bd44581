import { cut, idText } from '../printable.ts';
import type { DailyCounts } from '../queries/signal-trends.ts';
import { basisText, scoreText } from '../text/health.ts';
import { percent } from '../text/marks.ts';
import { frequentFrom } from '../text/patterns.ts';
import { shareText as share, systemicText } from '../text/rates.ts';
import { minute } from '../text/time.ts';
import { heatMap, meter, type Series, stackedColumns } from './charts.ts';
import type { AgentPart, Report } from './contents.ts';
import { sum, toneOf } from './fleet-part.ts';
import { type Markup, markup, nothing } from './markup.ts';

const maxSeries = 6;
const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

const none = (what: string) => markup`<p class="dim">${what}</p>`;

function table(titles: readonly string[], rows: readonly Markup[]): Markup {
  const heads = titles.map((title) => markup`<th>${title}</th>`);
  return markup`<div class="scroll"><table><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function healthBars({ health }: AgentPart, { madeAt }: Report): Markup {
  const rows = health.components.map(({ name, score, max, basis }) => {
    const said = `${score}/${max}`;
    return markup`<tr><td>${name}</td><td class="wide">${meter(score / max, said, toneOf((score / max) * 100))}</td><td class="num">${said}</td><td class="dim">${basisText(basis, madeAt)}</td></tr>`;
  });
  return markup`<h3>Health: ${scoreText(health)}</h3>${rows.length > 0 ? table(['Component', '', 'Points', 'Rests on'], rows) : nothing}`;
}

/** One series for each of the most frequent types, and one for all others. */
function seriesOf(trends: readonly DailyCounts[]): Series[] {
  const shown = trends.slice(0, maxSeries).map(({ failureType, counts }) => ({ name: failureType, counts }));
  const others = trends.slice(maxSeries);
  if (others.length === 0) return shown;
  const counts = (others[0]?.counts ?? []).map((_, at) => sum(others.map((other) => other.counts[at] ?? 0)));
  return [...shown, { name: `${others.length} other types`, counts }];
}

function dailySignals({ trends }: AgentPart, { dayNames }: Report): Markup {
  const series = seriesOf(trends);
  if (series.length === 0) return markup`<h3>Signals each day</h3>${none('None.')}`;
  const label = `Signals each day by failure type: ${series.map(({ name, counts }) => `${name} ${sum(counts)}`).join(', ')}`;
  const legend = series.map(({ name, counts }, at) => markup`<li><i class="s${at}"></i>${name} (${sum(counts)})</li>`);
  const rows = dayNames.map((day, at) => {
    const cells = series.map(({ counts }) => markup`<td class="num">${counts[at] ?? 0}</td>`);
    return markup`<tr><td>${day}</td>${cells}</tr>`;
  });
  const numbers = table(['Day (UTC)', ...series.map(({ name }) => name)], rows);
  return markup`<h3>Signals each day</h3>${stackedColumns(dayNames, series, label)}<div class="ends"><span>${dayNames[0] ?? ''}</span><span>${dayNames.at(-1) ?? ''}</span></div><ul class="legend">${legend}</ul><details><summary>Numbers</summary>${numbers}</details>`;
}

function failureTypes({ types }: AgentPart): Markup {
  const rows = types.map(
    (type) =>
      markup`<tr><td>${type.failureType}</td><td>${type.isSystemic ? markup`<span class="poor">systemic</span>` : 'occasional'}</td><td class="wide">${meter(type.rate, percent(type.rate), type.isSystemic ? 'poor' : 'plain')}</td><td>${systemicText(type)}</td></tr>`,
  );
  return markup`<h3>Failure types</h3>${rows.length > 0 ? table(['Type', '', '', 'Share of runs'], rows) : none('None.')}`;
}

function versions({ versions: rates, changes }: AgentPart): Markup {
  if (rates.length === 0) return markup`<h3>Failure rate by version</h3>${none('No runs.')}`;
  const verdictOf = (version: string | null) => changes.find((change) => change.version === version)?.all.verdict;
  const rows = rates.map((rate) => {
    const verdict = verdictOf(rate.version);
    const mark = verdict === undefined ? '' : verdict;
    const tone = verdict === 'regression' ? 'poor' : 'plain';
    return markup`<tr><td>${rate.version ?? 'no version'}</td><td class="wide">${meter(rate.rate, percent(rate.rate), tone)}</td><td>${share(rate)}</td><td class="${tone}">${mark}</td></tr>`;
  });
  return markup`<h3>Failure rate by version</h3>${table(['Version', '', 'Runs with signals', 'Against before'], rows)}`;
}

function hours({ hours: map }: AgentPart): Markup {
  const total = sum(map.flat());
  if (total === 0) return nothing;
  const busiest = map
    .flatMap((counts, day) => counts.map((count, hour) => ({ count, day, hour })))
    .reduce((most, each) => (each.count > most.count ? each : most));
  const name = (day: number, hour: number) => `${weekdays[day]} ${String(hour).padStart(2, '0')}:00`;
  const label = `${total} signals by weekday and hour, UTC; most of them, ${busiest.count}, in the hours of ${name(busiest.day, busiest.hour)}`;
  return markup`<h3>Hours of the week (UTC)</h3><div class="heatmap"><div class="weekdays">${weekdays.map((day) => markup`<span>${day}</span>`)}</div>${heatMap(map, label, name)}<div class="ends"><span>00</span><span>06</span><span>12</span><span>18</span><span>23</span></div></div><p class="dim">Most: ${name(busiest.day, busiest.hour)}, ${busiest.count} of ${total}.</p>`;
}

function inputs({ inputs: found }: AgentPart): Markup {
  const frequent = found.patterns.filter(({ rate }) => rate >= frequentFrom);
  const rows = frequent.map(
    (input) =>
      markup`<tr><td><code>${input.inputHash}</code></td><td>${input.failureType}</td><td>${share(input)}</td></tr>`,
  );
  const known =
    found.runsWithEvents < found.runs ? ` Inputs are known for ${found.runsWithEvents} of ${found.runs} runs.` : '';
  return markup`<h3>Inputs with a failure in at least half of their runs</h3>${rows.length > 0 ? table(['Input (hash)', 'Type', 'Runs with it'], rows) : none('None.')}<p class="dim">Of all runs with known inputs.${known}</p>`;
}

function latest({ latest: items, daily }: AgentPart): Markup {
  const total = sum(daily);
  const shown = items.map((signal) => {
    const fix = signal.fixes[0];
    const code = fix?.code
      ? markup`<details><summary>Code</summary><pre><code>${fix.code}</code></pre></details>`
      : nothing;
    const fixText = fix ? markup`<p>Fix: ${cut(fix.description, 400)}</p>${code}` : nothing;
    return markup`<article><h4><span class="${severityTone(signal.severity)}">${signal.severity}</span> ${cut(signal.title || signal.failureType, 160)}</h4><p>${cut(signal.what, 400)}</p>${fixText}<p class="dim">#${signal.id}, ${signal.failureType}, ${minute(signal.detectedAt)}, run <code>${idText(signal.runId)}</code></p></article>`;
  });
  const title = `Latest signals${total > items.length ? ` (${items.length} of ${total})` : ''}`;
  return markup`<h3>${title}</h3>${shown.length > 0 ? shown : none('None.')}`;
}

function severityTone(severity: string): 'poor' | 'fair' | 'plain' {
  if (severity === 'CRITICAL' || severity === 'HIGH') return 'poor';
  return severity === 'MEDIUM' ? 'fair' : 'plain';
}

/** The section on one agent. `place` is its row in the fleet's table. */
export function agentPart(part: AgentPart, report: Report, place: number): Markup {
  return markup`<section class="agent" id="agent-${place}"><h2>${idText(part.agent.agentId)}</h2><p class="dim">${part.runs} runs, ${sum(part.daily)} signals in ${report.days === 1 ? 'one day' : `${report.days} days`}</p>${healthBars(part, report)}${dailySignals(part, report)}<div class="halves"><div>${failureTypes(part)}</div><div>${versions(part)}</div><div>${hours(part)}</div><div>${inputs(part)}</div></div>${latest(part)}</section>`;
}
