import { onceEach } from '../once-each.ts';
import { printable } from '../printable.ts';
import type { DayRate } from '../queries/failure-rates.ts';
import type { Patterns } from '../queries/patterns.ts';
import type { Share } from '../queries/spans.ts';
import type { RateChange, VersionChange } from '../queries/version-changes.ts';
import { cut } from './brief.ts';
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

const trendLines = onceEach(({ dayNames, trends }: Patterns): string[] => {
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
});

const points = (fraction: number) => `${fraction < 0 ? '−' : '+'}${Math.abs(Math.round(fraction * 100))}`;

function changeText({ before, after, interval }: RateChange): string {
  const rates = `${shareText(before)} → ${shareText(after)}`;
  if (!interval) return rates;
  const { low, high } = interval;
  return `${rates}, ${points(after.rate - before.rate)} points (95% interval ${points(low)} to ${points(high)})`;
}

const marks = { regression: '🚨 REGRESSION', improvement: '✅ improvement' };

function versionLines({ version: name, firstRun, all, types }: VersionChange, now: number): string[] {
  const title = `  ${named(version(name).trim())}, first run ${minute(firstRun)} (${ago(now - firstRun)})`;
  const few = `${all.before.totalRuns} before, ${all.after.totalRuns} since; five each are needed`;
  if (!all.interval) return [title, `     too few runs to compare (${few})`];
  return [
    title,
    ...[all, ...types.slice(0, maxVersionTypes)].map((change) => {
      const mark = change.verdict === undefined ? 'no clear change' : marks[change.verdict];
      const failure = change.failureType === null ? 'any failure' : named(change.failureType);
      return `     ${mark.padEnd(15)}  ${failure}  ${changeText(change)}`;
    }),
    ...more(types.length, maxVersionTypes, 'type').map((line) => `   ${line}`),
  ];
}

/** What an agent's failures have in common. `now` is in Unix seconds. */
export function patternLines(
  agentId: string,
  patterns: Patterns,
  worst: readonly DayRate[],
  { covered, now }: { covered: boolean; now: number },
): string[] {
  const { types, days, dayNames, trends, inputs, inputDays, versions, newVersions } = patterns;
  const head = `Failure patterns for: ${printable(agentId)}`;
  if (!covered && types.length + trends.length + worst.length + inputs.patterns.length === 0)
    return [head, '', 'No signals of this agent are mirrored.'];
  const none = covered ? 'none' : 'none is mirrored';
  const lastDays = days === 1 ? 'last day' : `last ${days} days`;
  const shownTypes = types.slice(0, maxTypes);
  const shownWorst = worst.slice(0, maxTypes);
  const width = Math.max(...[...shownTypes, ...shownWorst].map(({ failureType }) => [...named(failureType)].length), 0);
  const name = (type: string) => named(type) + ' '.repeat(Math.max(0, width - [...named(type)].length));
  const systemic = shownTypes.flatMap((type) => [
    `  ${type.isSystemic ? '🚨 SYSTEMIC  ' : '⚠ Occasional '} ${name(type.failureType)}  ${shareText(type)}`,
    `     first seen ${ago(now - type.firstSeen)}  last seen ${ago(now - type.lastSeen)}`,
  ]);
  const rates = shownWorst.map(
    ({ failureType, rate, affectedRuns, totalRuns, day }) =>
      `  ${name(failureType)} ${bar(rate)} ${percent(rate)} (${affectedRuns}/${totalRuns} runs on ${day})`,
  );
  const triggers = inputs.patterns.map(
    (input) => `  hash=${named(input.inputHash)}  ${named(input.failureType)}  ${shareText(input)}`,
  );
  const coverage =
    inputs.runsWithEvents < inputs.runs
      ? [`  (inputs are known of ${inputs.runsWithEvents} of the ${inputs.runs} runs of the last ${inputDays} days)`]
      : [];
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
      trendLines(patterns),
      none,
    ),
    ...section(
      `Failure rate by type (worst day of the ${lastDays}):`,
      [...rates, ...more(worst.length, maxTypes, 'type')],
      none,
    ),
    ...section(`Input patterns that reliably trigger failures (rate ≥ 50%, last ${inputDays} days):`, triggers, none),
    ...coverage,
    ...section(
      `Versions that are new in the ${lastDays} (failure rate of all runs before → of the version):`,
      [...versions.flatMap((one) => versionLines(one, now)), ...more(newVersions, versions.length, 'older version')],
      none,
    ),
  ];
}
