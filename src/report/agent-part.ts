import { meter } from '../pictures/bars.ts';
import { dayColumns } from '../pictures/day-columns.ts';
import { healthMeter } from '../pictures/health-meter.ts';
import { type Markup, markup, nothing } from '../pictures/markup.ts';
import { versionRates } from '../pictures/version-rates.ts';
import { weekHours } from '../pictures/week-hours.ts';
import { severityTone, sum } from '../pictures/words.ts';
import { cut, idText } from '../printable.ts';
import { basisText } from '../text/health.ts';
import { percent } from '../text/marks.ts';
import { frequentFrom } from '../text/patterns.ts';
import { shareText as share, systemicText } from '../text/rates.ts';
import { minute } from '../text/time.ts';
import type { AgentPart, Report } from './contents.ts';

const none = (what: string) => markup`<p class="dim">${what}</p>`;

function table(titles: readonly string[], rows: readonly Markup[]): Markup {
  const heads = titles.map((title) => markup`<th>${title}</th>`);
  return markup`<div class="scroll"><table><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function healthPart({ health }: AgentPart, { madeAt }: Report): Markup {
  const parts = health.components.map(({ name, score, max, basis }) => {
    return { name, score, max, basis: basisText(basis, madeAt) };
  });
  return markup`<h3>Health</h3>${healthMeter({ score: health.score, sampleRuns: health.sampleRuns, parts })}`;
}

function dailySignals({ trends }: AgentPart, { dayNames }: Report): Markup {
  const series = trends.map(({ failureType, counts }) => ({ name: failureType, counts }));
  return markup`<h3>Signals each day</h3>${series.length === 0 ? none('None.') : dayColumns({ days: dayNames, series })}`;
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
  const marked = rates.map((rate) => ({ ...rate, verdict: verdictOf(rate.version) }));
  return markup`<h3>Failure rate by version</h3>${versionRates(marked)}`;
}

function hours({ hours: map }: AgentPart): Markup {
  return sum(map.flat()) === 0 ? nothing : markup`<h3>Hours of the week (UTC)</h3>${weekHours(map)}`;
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

/** The section on one agent. `place` is its row in the fleet's table. */
export function agentPart(part: AgentPart, report: Report, place: number): Markup {
  return markup`<section class="agent" id="agent-${place}"><h2>${idText(part.agent.agentId)}</h2><p class="dim">${part.runs} runs, ${sum(part.daily)} signals in ${report.days === 1 ? 'one day' : `${report.days} days`}</p>${healthPart(part, report)}${dailySignals(part, report)}<div class="halves"><div>${failureTypes(part)}</div><div>${versions(part)}</div><div>${hours(part)}</div><div>${inputs(part)}</div></div>${latest(part)}</section>`;
}
