import { minTotal } from '../intervals.ts';
import { cut, idText } from '../printable.ts';
import type { DayRate } from '../queries/failure-rates.ts';
import type { Patterns } from '../queries/patterns.ts';
import type { TypePattern } from '../queries/systemic-patterns.ts';
import type { VersionChange } from '../queries/version-changes.ts';
import { plural } from './plural.ts';
import { changeLine, changeWords, tooFewRuns } from './rate-changes.ts';
import { rateText } from './rates.ts';
import { ago, minute, span } from './time.ts';
import { versionName } from './versions.ts';

/** How many failure types an answer shows, in all and for one version. Agents have few, unless something is wrong. */
export const maxTypes = 20;
export const maxVersionTypes = 5;
const maxName = 60;
/** Lower rates are in structured content alone: a failure of every tenth run with an input says little about it. */
export const frequentFrom = 0.5;
const maxColumns = 14;

const named = (text: string) => idText(cut(text, maxName));

/** Lines under their title, with what one has to know about them; or that there are none. */
const section = (title: string, about: string, lines: readonly string[], none: string) =>
  lines.length === 0 ? [`${title}: ${none}`] : [`${title} (${about}):`, ...lines];

const more = (total: number, shown: number, what: string) =>
  total > shown ? [`…and ${plural(total - shown, what)} more`] : [];

/** One column per day. If there are too many days, a column covers seven, and the last one is complete. */
export function dayColumns(dayNames: readonly string[]): {
  titles: string[];
  daysEach: number;
  sums(counts: readonly number[]): number[];
} {
  const size = dayNames.length > maxColumns ? 7 : 1;
  const columns = Math.ceil(dayNames.length / size);
  const starts = Array.from({ length: columns }, (_, index) => dayNames.length - (columns - index) * size);
  return {
    daysEach: size,
    titles: starts.map((start) => (dayNames[Math.max(0, start)] ?? '').slice(5)),
    sums: (counts) =>
      starts.map((start) => counts.slice(Math.max(0, start), start + size).reduce((sum, count) => sum + count, 0)),
  };
}

/** A new version and what changed with it. */
function versionLines({ version: name, firstRun, all, types }: VersionChange, now: number): string[] {
  const title = `${versionName(name)}, first run ${minute(firstRun)} (${ago(now - firstRun)})`;
  if (!all.interval) return [`${title}: ${tooFewRuns(all)}`];
  const changes = [all, ...types.slice(0, maxVersionTypes)].map((change) => `  ${changeLine(change)}`);
  return [title, ...changes, ...more(types.length, maxVersionTypes, 'type')];
}

/** When a type was seen in the window, and first of all where that was before. */
function seenText({ firstSeen, lastSeen }: TypePattern, firstEver: number, now: number): string {
  const [first, last] = [span(now - firstSeen), ago(now - lastSeen)];
  const isBefore = firstEver < firstSeen && span(now - firstEver) !== first;
  const ever = isBefore ? ` (first ever ${ago(now - firstEver)})` : '';
  return `seen ${last.startsWith(first) ? '' : `${first} to `}${last}${ever}`;
}

/** One of two runs is a tenth, too, and says nothing. */
const typeMark = ({ isSystemic, totalRuns }: TypePattern) =>
  !isSystemic ? '⚠ Occasional' : totalRuns < minTotal ? '❔ Few runs' : '🚨 SYSTEMIC';

const worstText = (day: DayRate) => `worst day ${day.day.slice(5)}: ${rateText(day)}`;

/** All that is known of each type in the window, a type on a line; those without runs of the window last. */
function typeLines({ types, firstEver, trends, worst, dayNames }: Patterns, now: number): string[] {
  const { sums } = dayColumns(dayNames);
  const worstOf = new Map(worst.map((day) => [day.failureType, day]));
  const countsOf = new Map(trends.map(({ failureType, counts }) => [failureType, sums(counts)]));
  const besides = (type: string) => {
    const [counts, day] = [countsOf.get(type), worstOf.get(type)];
    return [...(counts ? [`signals ${counts.join(' ')}`] : []), ...(day ? [worstText(day)] : [])];
  };
  const known = types.map((type) => {
    const seen = seenText(type, firstEver.get(type.failureType) ?? type.firstSeen, now);
    const facts = [rateText(type), seen, ...besides(type.failureType)];
    return `${typeMark(type)} ${named(type.failureType)} ${facts.join('; ')}`;
  });
  const ofTypes = new Set(types.map(({ failureType }) => failureType));
  const others = [...new Set([...worstOf.keys(), ...countsOf.keys()])].filter((type) => !ofTypes.has(type));
  const all = [...known, ...others.map((type) => `${named(type)} ${besides(type).join('; ')}`)];
  return [...all.slice(0, maxTypes), ...more(all.length, maxTypes, 'type')];
}

/** What the counts of signals in a line are of. */
function periodText({ dayNames }: Patterns): string {
  const { titles, daysEach } = dayColumns(dayNames);
  const [first, last] = [titles[0] ?? '', titles.at(-1) ?? ''];
  return daysEach === 1
    ? `daily signal counts ${first} to ${last}`
    : `weekly signal counts, weeks beginning ${first} to ${last}`;
}

/** Inputs by type and the share of their runs that failed so. */
function inputLines({ inputs }: Patterns): string[] {
  const frequent = inputs.patterns.filter(({ rate }) => rate >= frequentFrom);
  const shared = Map.groupBy(frequent, (input) => `${named(input.failureType)} ${rateText(input)}`);
  return [...shared].map(
    ([share, items]) => `${share}: ${items.map(({ inputHash }) => `hash=${named(inputHash)}`).join(', ')}`,
  );
}

/** Of which runs the inputs are known, where that is not all. */
function coverageLines({ inputs: { runsWithEvents, runs }, inputsSince: since }: Patterns): string[] {
  if (runsWithEvents >= runs) return [];
  const from = since === null ? '' : `, from ${minute(since)} on`;
  return [`(inputs are known of ${runsWithEvents} of ${runs} runs${from})`];
}

/** Versions that came before the days that are compared. */
function leftOutLines({ leftOut: { items, total } }: Patterns, now: number): string[] {
  if (total === 0) return [];
  const shown = items.map(({ version: name, firstRun }) => `${versionName(name)} (first run ${ago(now - firstRun)})`);
  const rest = total > items.length ? `, …and ${total - items.length} more` : '';
  return [`Older versions: ${shown.join(', ')}${rest}; compare_versions compares any two.`];
}

/** What an agent's failures have in common. `now` is in Unix seconds. */
export function patternLines(
  agentId: string,
  patterns: Patterns,
  { covered, now }: { covered: boolean; now: number },
): string[] {
  const { types, worst, days, inputs, versions, newVersions } = patterns;
  const head = `Failure patterns for: ${idText(agentId)}`;
  if (!covered && types.length + patterns.trends.length + worst.length + inputs.patterns.length === 0)
    return [head, 'No signals of this agent are mirrored.'];
  const none = covered ? 'none' : 'none is mirrored';
  const lastDays = days === 1 ? 'last day' : `last ${days} days`;
  return [
    head,
    ...section(
      `Systemic patterns, ${lastDays}`,
      `SYSTEMIC from 10% of runs; 95% interval of few runs; ${periodText(patterns)}`,
      typeLines(patterns, now),
      none,
    ),
    ...section('Input patterns', 'of all runs with the input, at least half failed so', inputLines(patterns), none),
    ...coverageLines(patterns),
    ...section(
      `New versions, ${lastDays}`,
      `all runs before → of the version; ${changeWords}`,
      [
        ...versions.flatMap((change) => versionLines(change, now)),
        ...more(newVersions, versions.length, 'older version'),
      ],
      none,
    ),
    ...leftOutLines(patterns, now),
  ];
}
