import { onceEach } from '../once-each.ts';
import { cut, idText, printable } from '../printable.ts';
import type { Patterns } from '../queries/patterns.ts';
import type { Share } from '../queries/shares.ts';
import type { RateChange, VersionChange } from '../queries/version-changes.ts';
import { bar, percent, version } from './marks.ts';
import { plural } from './plural.ts';
import { table } from './tables.ts';
import { ago, minute } from './time.ts';

/** An answer shows no more types of failure, nor of a version; agents have few, unless something is amiss. */
export const maxTypes = 20;
export const maxVersionTypes = 5;
const maxName = 60;
const maxColumns = 14;

const named = (text: string) => cut(printable(text), maxName);

export const shareText = ({ affectedRuns, totalRuns, rate }: Share) =>
  `${affectedRuns}/${totalRuns} runs (${percent(rate)})`;

const section = (title: string, lines: readonly string[], none: string) => [
  '',
  title,
  ...(lines.length === 0 ? [`  ${none}`] : lines),
];

const more = (total: number, shown: number, what: string) =>
  total > shown ? [`  …and ${plural(total - shown, what)} more`] : [];

/** Days as columns; of more than fit, stretches of seven days, the last of them whole. */
export function dayColumns(dayNames: readonly string[]): {
  titles: string[];
  sums(counts: readonly number[]): number[];
} {
  const size = dayNames.length > maxColumns ? 7 : 1;
  const columns = Math.ceil(dayNames.length / size);
  const starts = Array.from({ length: columns }, (_, index) => dayNames.length - (columns - index) * size);
  return {
    titles: starts.map((start) => (dayNames[Math.max(0, start)] ?? '').slice(5)),
    sums: (counts) =>
      starts.map((start) => counts.slice(Math.max(0, start), start + size).reduce((sum, count) => sum + count, 0)),
  };
}

function trendLines({ dayNames, trends }: Patterns): string[] {
  if (trends.length === 0) return [];
  const { titles, sums } = dayColumns(dayNames);
  const shown = trends.slice(0, maxTypes);
  return [
    ...table(
      [{ title: 'FAILURE TYPE' }, ...titles.map((title) => ({ title, align: 'right' as const }))],
      shown.map(({ failureType, counts }) => [named(failureType), ...sums(counts).map(String)]),
    ),
    ...more(trends.length, shown.length, 'type'),
  ];
}

const points = (fraction: number) => `${fraction < 0 ? '−' : '+'}${Math.abs(Math.round(fraction * 100))}`;

function changeText({ before, after, interval }: RateChange): string {
  const rates = `${shareText(before)} → ${shareText(after)}`;
  if (!interval) return rates;
  const { low, high } = interval;
  return `${rates}, ${points(after.rate - before.rate)} points (95% interval ${points(low)} to ${points(high)})`;
}

const marks = { regression: '🚨 REGRESSION', improvement: '✅ improvement' };

/** What a version changed, and its name and first run. */
function versionParts({ version: name, firstRun, all, types }: VersionChange) {
  const few = `${all.before.totalRuns} before, ${all.after.totalRuns} since; five each are needed`;
  const changes = [all, ...types.slice(0, maxVersionTypes)].map((change) => {
    const mark = change.verdict === undefined ? 'no clear change' : marks[change.verdict];
    const failure = change.failureType === null ? 'any failure' : named(change.failureType);
    return `     ${mark.padEnd(15)}  ${failure}  ${changeText(change)}`;
  });
  return {
    title: `  ${named(version(name).trim())}, first run ${minute(firstRun)}`,
    firstRun,
    lines: all.interval
      ? [...changes, ...more(types.length, maxVersionTypes, 'type').map((line) => `   ${line}`)]
      : [`     too few runs to compare (${few})`],
  };
}

/** What is said the same at any time; made once for what is remembered of the mirror. */
const lasting = onceEach((patterns: Patterns) => {
  const { types, worst, inputs, inputDays, versions } = patterns;
  const shownTypes = types.slice(0, maxTypes);
  const shownWorst = worst.slice(0, maxTypes);
  const width = Math.max(...[...shownTypes, ...shownWorst].map(({ failureType }) => [...named(failureType)].length), 0);
  const name = (type: string) => named(type) + ' '.repeat(Math.max(0, width - [...named(type)].length));
  const { runsWithEvents, runs } = inputs;
  return {
    types: shownTypes.map((type) => ({
      ...type,
      line: `  ${type.isSystemic ? '🚨 SYSTEMIC  ' : '⚠ Occasional '} ${name(type.failureType)}  ${shareText(type)}`,
    })),
    trends: trendLines(patterns),
    rates: [
      ...shownWorst.map(
        ({ failureType, rate, affectedRuns, totalRuns, day }) =>
          `  ${name(failureType)} ${bar(rate)} ${percent(rate)} (${affectedRuns}/${totalRuns} runs on ${day})`,
      ),
      ...more(worst.length, maxTypes, 'type'),
    ],
    triggers: inputs.patterns.map(
      (input) => `  hash=${named(input.inputHash)}  ${named(input.failureType)}  ${shareText(input)}`,
    ),
    coverage:
      runsWithEvents < runs
        ? [`  (inputs are known of ${runsWithEvents} of the ${runs} runs of the last ${inputDays} days)`]
        : [],
    versions: versions.map(versionParts),
  };
});

/** What an agent's failures have in common. `now` is in Unix seconds. */
export function patternLines(
  agentId: string,
  patterns: Patterns,
  { covered, now }: { covered: boolean; now: number },
): string[] {
  const { types, worst, days, dayNames, inputs, inputDays, newVersions } = patterns;
  const head = `Failure patterns for: ${idText(agentId)}`;
  if (!covered && types.length + patterns.trends.length + worst.length + inputs.patterns.length === 0)
    return [head, '', 'No signals of this agent are mirrored.'];
  const none = covered ? 'none' : 'none is mirrored';
  const lastDays = days === 1 ? 'last day' : `last ${days} days`;
  const { trends, rates, triggers, coverage, versions, ...said } = lasting(patterns);
  const systemic = said.types.flatMap(({ line, firstSeen, lastSeen }) => [
    line,
    `     first seen ${ago(now - firstSeen)}  last seen ${ago(now - lastSeen)}`,
  ]);
  return [
    head,
    ...section(
      `Systemic patterns (${lastDays}, systemic from 10% of runs):`,
      [...systemic, ...more(types.length, maxTypes, 'type')],
      none,
    ),
    ...section(
      dayNames.length > maxColumns
        ? `Weekly signal counts (${lastDays}, each week from the day named on, UTC):`
        : `Daily signal counts (${lastDays}):`,
      trends,
      none,
    ),
    ...section(`Failure rate by type (worst day of the ${lastDays}):`, rates, none),
    ...section(`Input patterns that reliably trigger failures (rate ≥ 50%, last ${inputDays} days):`, triggers, none),
    ...coverage,
    ...section(
      `Versions that are new in the ${lastDays} (failure rate of all runs before → of the version):`,
      [
        ...versions.flatMap(({ title, firstRun, lines }) => [`${title} (${ago(now - firstRun)})`, ...lines]),
        ...more(newVersions, versions.length, 'older version'),
      ],
      none,
    ),
  ];
}
