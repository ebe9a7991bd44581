import { dayName, daySeconds, lastDays } from '../days.ts';
import type { Reader } from '../db/open.ts';
import { type DayRate, failureRates, worstDays } from './failure-rates.ts';
import { type InputPatterns, inputPatterns } from './input-patterns.ts';
import { type DailyCounts, signalTrends } from './signal-trends.ts';
import { systemicPatterns, type TypePattern } from './systemic-patterns.ts';
import { type VersionChange, versionChanges } from './version-changes.ts';

export interface Patterns {
  /** How many days the answer is about, and over how many inputs are counted. */
  days: number;
  inputDays: number;
  types: TypePattern[];
  /** The calendar days, oldest first, `YYYY-MM-DD`, UTC. */
  dayNames: string[];
  trends: DailyCounts[];
  rates: DayRate[];
  /** The day on which each type struck the largest share of the runs, the gravest first. */
  worst: DayRate[];
  inputs: InputPatterns;
  /** The newest of the versions that are new in these days, and how many there are. */
  versions: VersionChange[];
  newVersions: number;
}

/** Few inputs come twice in fewer days. */
const minInputDays = 30;
const maxVersions = 5;

/** The earliest moment of which an answer about so many days up to `end` speaks, in Unix seconds. */
export const patternsSince = (days: number, end: number) => end - Math.max(2 * days, minInputDays) * daySeconds;

/**
 * What an agent's failures have in common over `days` days up to `end` (Unix seconds): shares of runs and new versions over
 * the last `days` * 24 hours, counts and rates of days over as many calendar days (UTC), the last of them that of `end`.
 */
export function agentPatterns(reader: Reader, agentId: string, { days, end }: { days: number; end: number }): Patterns {
  const window = { from: end - days * daySeconds, end };
  const calendar = lastDays(end, days);
  const inputDays = Math.max(days, minInputDays);
  const rates = failureRates(reader, agentId, { from: (calendar[0] ?? 0) * daySeconds, end });
  const { versions, total } = versionChanges(reader, agentId, window, maxVersions);
  return {
    days,
    inputDays,
    types: systemicPatterns(reader, agentId, window),
    dayNames: calendar.map(dayName),
    trends: signalTrends(reader, agentId, calendar),
    rates,
    worst: worstDays(rates),
    inputs: inputPatterns(reader, agentId, { from: end - inputDays * daySeconds, end }),
    versions,
    newVersions: total,
  };
}
