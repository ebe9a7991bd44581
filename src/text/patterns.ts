import { minTotal } from '../intervals.ts';
import { cut, idText } from '../printable.ts';
import type { InputPattern } from '../queries/input-patterns.ts';
import type { Patterns } from '../queries/patterns.ts';
import type { TypePattern } from '../queries/systemic-patterns.ts';
import type { VersionChange } from '../queries/version-changes.ts';
import { bar, percent } from './marks.ts';
import { plural } from './plural.ts';
import { changeLine, tooFewRuns } from './rate-changes.ts';
import { intervalAfter, shareText, systemicText } from './rates.ts';
import { table } from './tables.ts';
import { ago, minute } from './time.ts';
import { versionName } from './versions.ts';

/** How many failure types an answer shows, in all and for one version. Agents have few, unless something is wrong. */
export const maxTypes = 20;
export const maxVersionTypes = 5;
const maxName = 60;
/** Lower rates are in structured content alone: a failure of every tenth run with an input says little about it. */
export const frequentFrom = 0.5;
const maxColumns = 14;

const named = (text: string) => idText(cut(text, maxName));

const section = (title: string, lines: readonly string[], none: string) => [
  '',
  title,
  ...(lines.length === 0 ? [`  ${none}`] : lines),
];

const more = (total: number, shown: number, what: string) =>
  total > shown ? [`  …and ${plural(total - shown, what)} more`] : [];

/** One column per day. If there are too many days, a column covers seven, and the last one is complete. */
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

/** A new version and what changed with it. */
function versionLines({ version: name, firstRun, all, types }: VersionChange, now: number): string[] {
  const title = `  ${versionName(name)}, first run ${minute(firstRun)} (${ago(now - firstRun)})`;
  if (!all.interval) return [title, `     ${tooFewRuns(all)}`];
  const changes = [all, ...types.slice(0, maxVersionTypes)].map((change) => `     ${changeLine(change)}`);
  return [title, ...changes, ...more(types.length, maxVersionTypes, 'type').map((line) => `   ${line}`)];
}

type Name = (failureType: string) => string;

/** Names the failure types shown, padded to the longest. */
function alignedNames({ types, worst }: Patterns): Name {
  const shown = [...types.slice(0, maxTypes), ...worst.slice(0, maxTypes)];
  const widthOf = (type: string) => [...named(type)].length;
  const width = Math.max(...shown.map(({ failureType }) => widthOf(failureType)), 0);
  return (type) => named(type) + ' '.repeat(width - widthOf(type));
}

/** When a type was seen first of all, where that was before the window. */
const everText = ({ firstSeen }: TypePattern, firstEver: number, now: number) =>
  firstEver < firstSeen && ago(now - firstEver) !== ago(now - firstSeen)
    ? `  (first ever ${ago(now - firstEver)})`
    : '';

/** One of two runs is a tenth, too, and says nothing. */
const typeMark = ({ isSystemic, totalRuns }: TypePattern) =>
  !isSystemic ? '⚠ Occasional ' : totalRuns < minTotal ? '❔ Few runs  ' : '🚨 SYSTEMIC  ';

function typeLines({ types, firstEver }: Patterns, name: Name, now: number): string[] {
  const shown = types
    .slice(0, maxTypes)
    .flatMap((type) => [
      `  ${typeMark(type)} ${name(type.failureType)}  ${systemicText(type)}`,
      `     first seen ${ago(now - type.firstSeen)}  last seen ${ago(now - type.lastSeen)}${everText(type, firstEver.get(type.failureType) ?? type.firstSeen, now)}`,
    ]);
  return [...shown, ...more(types.length, maxTypes, 'type')];
}

function worstDayLines({ worst }: Patterns, name: Name): string[] {
  const shown = worst
    .slice(0, maxTypes)
    .map(
      ({ failureType, rate, affectedRuns, totalRuns, day }) =>
        `  ${name(failureType)} ${bar(rate)} ${percent(rate)} (${affectedRuns}/${totalRuns} runs on ${day})${intervalAfter(affectedRuns, totalRuns)}`,
    );
  return [...shown, ...more(worst.length, maxTypes, 'type')];
}

const inputLine = (input: InputPattern) =>
  `  hash=${named(input.inputHash)}  ${named(input.failureType)}  ${shareText(input)}`;

/** Of which runs the inputs are known, where that is not all. */
function coverageLines({ inputs: { runsWithEvents, runs }, inputsSince: since }: Patterns): string[] {
  if (runsWithEvents >= runs) return [];
  const from = since === null ? '' : `, from ${minute(since)} on`;
  return [`  (inputs are known of ${runsWithEvents} of the ${runs} runs${from})`];
}

/** Versions that came before the days that are compared. */
function leftOutLines({ leftOut: { items, total } }: Patterns, now: number): string[] {
  if (total === 0) return [];
  const shown = items.map(({ version: name, firstRun }) => `${versionName(name)} (first run ${ago(now - firstRun)})`);
  const rest = total > items.length ? `, …and ${total - items.length} more` : '';
  return [`  Left out, as they came before these days: ${shown.join(', ')}${rest}. compare_versions compares any two.`];
}

/** What an agent's failures have in common. `now` is in Unix seconds. */
export function patternLines(
  agentId: string,
  patterns: Patterns,
  { covered, now }: { covered: boolean; now: number },
): string[] {
  const { types, worst, days, dayNames, inputs, versions, newVersions } = patterns;
  const head = `Failure patterns for: ${idText(agentId)}`;
  if (!covered && types.length + patterns.trends.length + worst.length + inputs.patterns.length === 0)
    return [head, '', 'No signals of this agent are mirrored.'];
  const none = covered ? 'none' : 'none is mirrored';
  const lastDays = days === 1 ? 'last day' : `last ${days} days`;
  const name = alignedNames(patterns);
  return [
    head,
    ...section(`Systemic patterns (${lastDays}, systemic from 10% of runs):`, typeLines(patterns, name, now), none),
    ...section(
      dayNames.length > maxColumns
        ? `Weekly signal counts (${lastDays}, each week named by its first day, UTC):`
        : `Daily signal counts (${lastDays}):`,
      trendLines(patterns),
      none,
    ),
    ...section(`Failure rate by type (worst day of the ${lastDays}):`, worstDayLines(patterns, name), none),
    ...section(
      'Input patterns: inputs that failed so in at least half of their runs (all runs with known inputs):',
      inputs.patterns.filter(({ rate }) => rate >= frequentFrom).map(inputLine),
      none,
    ),
    ...coverageLines(patterns),
    ...section(
      `Versions that are new in the ${lastDays} (failure rate of all runs before → of the version):`,
      [
        ...versions.flatMap((change) => versionLines(change, now)),
        ...more(newVersions, versions.length, 'older version'),
      ],
      none,
    ),
    ...leftOutLines(patterns, now),
  ];
}
