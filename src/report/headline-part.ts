import { type Markup, markup, nothing } from '../pictures/markup.ts';
import { many, sum } from '../pictures/words.ts';
import { cut } from '../printable.ts';
import { type AgentSpent, spentTogether } from '../queries/agent-spent.ts';
import type { RateChange, VersionChange } from '../queries/version-changes.ts';
import { percent } from '../text/marks.ts';
import { changeInWords, points } from '../text/rate-changes.ts';
import { span } from '../text/time.ts';
import { costBasis, tokensBasis, whole } from '../text/token-stats.ts';
import { versionName } from '../text/versions.ts';
import { agentLink, type LinkOf } from './agent-link.ts';
import { bySeverityText } from './badges.ts';
import type { FleetRow, Report } from './contents.ts';
import { dollars } from './money.ts';

/** Items of a list; the rest are counted. */
const maxItems = 6;
const maxNamed = 3;
const maxType = 60;

function list(items: readonly Markup[], none: string): Markup {
  if (items.length === 0) return markup`<p>${none}</p>`;
  const rest = items.length - maxItems;
  const more = rest > 0 ? markup`<li class="dim">and ${rest} more, in the table below</li>` : nothing;
  return markup`<ul>${items.slice(0, maxItems).map((item) => markup`<li>${item}</li>`)}${more}</ul>`;
}

/** One item about agents of which the same is said, with some of their names. */
function together(
  what: string,
  agents: readonly FleetRow[],
  said: (row: FleetRow) => string,
  linkOf: LinkOf,
): Markup[] {
  if (agents.length === 0) return [];
  const named = agents.slice(0, maxNamed).map((row) => markup`${agentLink(row.agent.agentId, linkOf)} (${said(row)})`);
  const rest = agents.length - named.length;
  const last = rest > 0 ? `, and ${rest} more` : '';
  return [markup`${what}: ${named.flatMap((name, at) => (at === 0 ? [name] : [markup`, `, name]))}${last}`];
}

const arrivals = (fleet: readonly FleetRow[], linkOf: LinkOf) =>
  together(
    'New agents',
    fleet.filter(({ arrival }) => arrival),
    ({ arrival }) => many(arrival?.runs ?? 0, 'run'),
    linkOf,
  );

const silences = ({ fleet, end }: Report, linkOf: LinkOf) =>
  together(
    'Gone quiet',
    fleet.filter(({ silence }) => silence),
    ({ silence }) =>
      silence ? `no run for ${span(end - silence.lastSeen)}, usually one every ${span(silence.usualGap)}` : '',
    linkOf,
  );

const firstTimes = ({ agent, signals }: FleetRow, linkOf: LinkOf) =>
  signals
    .filter(({ isFirst }) => isFirst)
    .map(
      ({ failureType, count }) =>
        markup`First time: ${cut(failureType, maxType)} of ${agentLink(agent.agentId, linkOf)}, ${many(count, 'signal')}`,
    );

function whatIsNew(report: Report, linkOf: LinkOf): Markup {
  const { fleet } = report;
  const total = sum(fleet.flatMap(({ daily }) => daily));
  const runs = sum(fleet.map((row) => row.runs.total));
  const failed = sum(fleet.map((row) => row.runs.hits));
  const severities = bySeverityText(fleet.flatMap(({ signals }) => signals));
  const items = [
    ...fleet.flatMap((row) => firstTimes(row, linkOf)),
    ...arrivals(fleet, linkOf),
    ...silences(report, linkOf),
  ];
  const share = runs === 0 ? '' : `, ${percent(failed / runs)}`;
  return markup`<section><h2>What is new</h2><p><b class="figure">${whole(total)}</b> ${total === 1 ? 'signal' : 'signals'}${severities === '' ? '' : `: ${severities}`}</p><p class="dim">${whole(failed)} of ${many(runs, 'run')} failed${share}</p>${list(items, 'No failure type for the first time, no agent new or gone quiet.')}</section>`;
}

const ofVerdict =
  (wanted: RateChange['verdict']) =>
  ({ verdict }: RateChange) =>
    verdict === wanted;

/** What a version made worse, or better: of any failure, or else of the type that changed most. */
function versionItems({ agent, changes }: FleetRow, verdict: RateChange['verdict'], linkOf: LinkOf): Markup[] {
  return changes.flatMap(({ version, all, types }: VersionChange) => {
    const change = [all, ...types].find(ofVerdict(verdict));
    if (!change) return [];
    const what = change.failureType === null ? '' : ` ${cut(change.failureType, maxType)}:`;
    return [markup`${agentLink(agent.agentId, linkOf)} with ${versionName(version)}:${what} ${changeInWords(change)}`];
  });
}

function movedItems({ agent, moved }: FleetRow, isUp: boolean, linkOf: LinkOf): Markup[] {
  if (!moved || moved.change.low > 0 !== isUp) return [];
  const { before, after, change } = moved;
  const rates = `${percent(before.hits / before.total)} → ${percent(after.hits / after.total)} of runs`;
  return [
    markup`${agentLink(agent.agentId, linkOf)}, against the 7 days before: ${rates} (95% interval ${points(change.low)} to ${points(change.high)} points)`,
  ];
}

function whatGotWorse({ fleet }: Report, linkOf: LinkOf): Markup {
  const items = (verdict: 'regression' | 'improvement') => [
    ...fleet.flatMap((row) => versionItems(row, verdict, linkOf)),
    ...fleet.flatMap((row) => movedItems(row, verdict === 'regression', linkOf)),
  ];
  const better = items('improvement');
  const details = better.length === 0 ? nothing : markup`<h3>What got better</h3>${list(better, '')}`;
  return markup`<section><h2>What got worse</h2>${list(items('regression'), 'Nothing, beyond what chance explains.')}${details}</section>`;
}

const shareText = (part: number | null, all: number | null) =>
  part === null || !all ? '' : ` (${percent(part / all)})`;

/** What failed runs took of it. */
function failedText({ all, failed }: AgentSpent): string {
  if (failed.runs === 0) return 'No run failed.';
  if (failed.tokens === null) return `What the ${many(failed.runs, 'failed run')} took of it is not known.`;
  const tokens = `${whole(failed.tokens)} tokens${shareText(failed.tokens, all.tokens)}`;
  const cost = failed.cost === null ? '' : ` and ${dollars(failed.cost)}${shareText(failed.cost, all.cost)}`;
  return `The ${many(failed.runs, 'failed run')} took ${tokens}${cost} of it.`;
}

function whatItCosts({ fleet, pricesDate }: Report, linkOf: LinkOf): Markup {
  const spent = spentTogether(fleet.map((row) => row.spent));
  if (spent.runs === 0) return markup`<section><h2>What it costs</h2><p>No run called a model.</p></section>`;
  const { all } = spent;
  const spentBy = ({ spent: { all: own } }: FleetRow) => (all.cost === null ? own.tokens : own.cost) ?? 0;
  const most = fleet.filter((row) => spentBy(row) > 0).sort((a, b) => spentBy(b) - spentBy(a));
  const named = most.slice(0, 3).map((row) => {
    const { tokens, cost } = row.spent.all;
    return markup`${agentLink(row.agent.agentId, linkOf)}: ${cost === null ? '' : `${dollars(cost)}, `}${whole(tokens)} tokens`;
  });
  const cost = all.cost === null ? nothing : markup`<b class="figure">${dollars(all.cost)}</b> and `;
  const figure =
    all.tokens === null ? 'Tokens are not known.' : markup`${cost}<b class="figure">${whole(all.tokens)}</b> tokens`;
  const basis = `Tokens: ${tokensBasis(spent)}. Cost: ${costBasis(spent, pricesDate)}.`;
  return markup`<section><h2>What it costs</h2><p>${figure}</p><p class="dim">${failedText(spent)}</p>${fleet.length > 1 ? list(named, '') : nothing}<p class="dim basis">${basis}</p></section>`;
}

/** What is new in the report's days, what got worse, and what it costs. */
export const headlinePart = (report: Report, linkOf: LinkOf): Markup =>
  markup`<div class="headline">${whatIsNew(report, linkOf)}${whatGotWorse(report, linkOf)}${whatItCosts(report, linkOf)}</div>`;
