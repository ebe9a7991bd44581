import { meter } from '../pictures/bars.ts';
import { dayColumns } from '../pictures/day-columns.ts';
import { healthMeter } from '../pictures/health-meter.ts';
import { type Markup, markup, nothing } from '../pictures/markup.ts';
import { versionRates } from '../pictures/version-rates.ts';
import { weekHours } from '../pictures/week-hours.ts';
import { many, sum } from '../pictures/words.ts';
import { cut } from '../printable.ts';
import type { InputPattern } from '../queries/input-patterns.ts';
import type { TypePattern } from '../queries/systemic-patterns.ts';
import type { VersionChange } from '../queries/version-changes.ts';
import { basisText } from '../text/health.ts';
import { percent } from '../text/marks.ts';
import { frequentFrom } from '../text/patterns.ts';
import { changeInWords, tooFewRuns } from '../text/rate-changes.ts';
import { shareText, systemicText } from '../text/rates.ts';
import { whole } from '../text/token-stats.ts';
import { versionName } from '../text/versions.ts';
import { anchorOf } from './anchor.ts';
import { badges, bySeverityText } from './badges.ts';
import type { AgentPart, Report } from './contents.ts';
import { dollars } from './money.ts';
import { signalsPart } from './signals-part.ts';
import { type Column, table } from './table.ts';

/** Failure types of a version that are named. */
const maxTypes = 3;
const maxName = 60;
/** Inputs that are shown. */
const maxInputs = 8;

const none = (what: string) => markup`<p class="dim">${what}</p>`;

function health({ health: { score, sampleRuns, components } }: AgentPart, { madeAt }: Report): Markup {
  const parts = components.map(({ name, score: points, max, basis }) => ({
    name,
    score: points,
    max,
    basis: basisText(basis, madeAt),
  }));
  return markup`<section><h3>Health</h3>${healthMeter({ score, sampleRuns, parts })}</section>`;
}

function eachDay({ trends }: AgentPart, { dayNames }: Report): Markup {
  if (trends.length === 0) return markup`<section><h3>Signals each day</h3>${none('None.')}</section>`;
  const series = trends.map(({ failureType, counts }) => ({ name: failureType, counts }));
  return markup`<section><h3>Signals each day</h3>${dayColumns({ days: dayNames, series })}</section>`;
}

const shareOfRuns: Column<TypePattern> = {
  title: 'Share of runs',
  cell: (type) => {
    const { rate, isSystemic } = type;
    const kind = isSystemic ? markup`<span class="poor">systemic</span>` : markup`occasional`;
    return markup`<span>${kind}: ${systemicText(type)}${meter(rate, percent(rate), isSystemic ? 'poor' : 'plain')}</span>`;
  },
};

function failureTypes({ types }: AgentPart): Markup {
  const name: Column<TypePattern> = { title: 'Type', cell: ({ failureType }) => markup`${failureType}` };
  return markup`<section><h3>Failure types</h3>${types.length > 0 ? table(name, [shareOfRuns], types) : none('None.')}</section>`;
}

/** What changed with a version: any failure, and the types that changed beyond chance. */
function changeItem({ version, all, types }: VersionChange): Markup {
  if (!all.interval) return markup`<li>${versionName(version)}: ${tooFewRuns(all)}</li>`;
  const moved = types.filter(({ verdict }) => verdict !== undefined).slice(0, maxTypes);
  const items = moved.map(
    (change) => markup`<li>${cut(change.failureType ?? '', maxName)}: ${changeInWords(change)}</li>`,
  );
  return markup`<li>${versionName(version)}: ${changeInWords(all)}${items.length > 0 ? markup`<ul>${items}</ul>` : nothing}</li>`;
}

function versions({ versions: rates, changes }: AgentPart): Markup {
  const title = markup`<h3>Failure rate by version</h3>`;
  if (rates.length === 0) return markup`<section>${title}${none('No runs.')}</section>`;
  const verdicts = new Map(changes.map(({ version, all }) => [version, all.verdict]));
  const picture = versionRates(
    rates.map(({ version, affectedRuns, totalRuns }) => {
      const verdict = version === null ? undefined : verdicts.get(version);
      return { version, affectedRuns, totalRuns, verdict };
    }),
  );
  const against =
    changes.length === 0
      ? none('No version is new in these days.')
      : markup`<h4>New versions, against the runs before them</h4><ul>${changes.map(changeItem)}</ul>`;
  return markup`<section>${title}${picture}${against}</section>`;
}

function hours({ hours: map }: AgentPart): Markup {
  if (sum(map.flat()) === 0) return nothing;
  return markup`<section><h3>Hours of the week (UTC)</h3>${weekHours(map)}</section>`;
}

function inputs({ inputs: { patterns, runsWithEvents, runs } }: AgentPart): Markup {
  const frequent = patterns.filter(({ rate }) => rate >= frequentFrom);
  const name: Column<InputPattern> = {
    title: 'Input (hash)',
    cell: ({ inputHash }) => markup`<code>${inputHash}</code>`,
  };
  const columns: readonly Column<InputPattern>[] = [
    { title: 'Type', cell: ({ failureType }) => markup`${failureType}` },
    { title: 'Runs with it', cell: (input) => markup`${shareText(input)}` },
  ];
  const shown = frequent.length > 0 ? table(name, columns, frequent.slice(0, maxInputs)) : none('None.');
  const more = frequent.length > maxInputs ? none('and others') : nothing;
  const known = runsWithEvents < runs ? ` Inputs are known for ${runsWithEvents} of ${runs} runs.` : '';
  return markup`<section><h3>Inputs with a failure in at least half of their runs</h3>${shown}${more}<p class="dim">Of all runs with known inputs, whenever they ran.${known}</p></section>`;
}

/** What an agent did in the span, in a sentence. */
function summary({ runs, daily, signals, spent }: AgentPart, { days }: Report): string {
  const severities = bySeverityText(signals);
  const failed = runs.total === 0 ? '' : ` (${percent(runs.hits / runs.total)} failed)`;
  const cost = spent.all.cost === null ? '' : ` for ${dollars(spent.all.cost)}`;
  const tokens = spent.all.tokens === null || spent.runs === 0 ? '' : `, ${whole(spent.all.tokens)} tokens${cost}`;
  return `${many(runs.total, 'run')}${failed} and ${many(sum(daily), 'signal')}${severities === '' ? '' : ` (${severities})`} in ${many(days, 'day')}${tokens}.`;
}

/** An agent in full, under a heading that names it. */
export function agentPart(part: AgentPart, report: Report, name: Markup): Markup {
  return markup`<section class="agent" id="${anchorOf('agent', part.agent.agentId)}"><h2>${name} ${badges(part)}</h2><p>${summary(part, report)}</p><div class="halves">${health(part, report)}${eachDay(part, report)}${versions(part)}${hours(part)}${failureTypes(part)}${inputs(part)}</div>${signalsPart(part)}</section>`;
}
