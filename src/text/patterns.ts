import { printable } from '../printable.ts';
import type { Patterns } from '../queries/patterns.ts';
import { bar, percent } from './marks.ts';
import { table } from './tables.ts';
import { ago } from './time.ts';

const share = ({ affectedRuns, totalRuns, rate }: { affectedRuns: number; totalRuns: number; rate: number }) =>
  `${affectedRuns}/${totalRuns} runs (${percent(rate)})`;

const section = (title: string, lines: readonly string[], none: string) => [
  '',
  title,
  ...(lines.length === 0 ? [`  ${none}`] : lines),
];

/** What an agent's failures have in common. `now` is in Unix seconds. */
export function patternLines(agentId: string, patterns: Patterns, covered: boolean, now: number): string[] {
  const none = covered ? 'none' : 'none is mirrored';
  const { types, days, daily, worstDays, inputs, runsWithEvents, runs } = patterns;
  const width = Math.max(...[...types, ...worstDays].map(({ failureType }) => printable(failureType).length), 0);
  const name = (type: string) => printable(type).padEnd(width);
  const systemic = types.flatMap((type) => [
    `  ${type.isSystemic ? '🚨 SYSTEMIC  ' : '⚠ Occasional '} ${name(type.failureType)}  ${share(type)}`,
    `     first seen ${ago(now - type.firstSeen)}  last seen ${ago(now - type.lastSeen)}`,
  ]);
  const counts = table(
    [{ title: 'FAILURE TYPE' }, ...days.map((day) => ({ title: day.slice(5), align: 'right' as const }))],
    daily.map((row) => [row.failureType, ...row.counts.map(String)]),
  );
  const rates = worstDays.map(
    ({ failureType, rate, affectedRuns, totalRuns, day }) =>
      `  ${name(failureType)} ${bar(rate)} ${percent(rate)} (${affectedRuns}/${totalRuns} runs on ${day})`,
  );
  const triggers = inputs.flatMap((input) => [
    `  hash=${printable(input.inputHash)}  ${printable(input.failureType)}  ${share(input)}`,
    '  → Runs on this input fail so more often than not.',
  ]);
  if (!covered && types.length + daily.length + worstDays.length === 0)
    return [`Failure patterns for: ${printable(agentId)}`, '', 'No signals of this agent are mirrored.'];
  const coverage =
    runsWithEvents < runs ? [`  (inputs are known of ${runsWithEvents} of the ${runs} runs of the last 30 days)`] : [];
  return [
    `Failure patterns for: ${printable(agentId)}`,
    ...section('Systemic patterns (last 7 days, systemic from 10% of runs):', systemic, none),
    ...section('Daily signal counts (last 7 days):', daily.length === 0 ? [] : counts, none),
    ...section('Failure rate by type (worst day of the last 30):', rates, none),
    ...section('Input patterns that reliably trigger failures (rate ≥ 50%):', triggers, none),
    ...coverage,
  ];
}
