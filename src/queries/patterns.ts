import { dayName, daySeconds, lastDays } from '../days.ts';
import type { Reader } from '../db/open.ts';
import { type DayRate, failureRates, worstDays } from './failure-rates.ts';
import { type InputPatterns, inputPatterns } from './input-patterns.ts';
import { type DailyCounts, signalTrends } from './signal-trends.ts';
import { systemicPatterns, type TypePattern } from './systemic-patterns.ts';
import { type VersionChange, versionChanges } from './version-changes.ts';

export interface Patterns {
  /** How many days the answer covers, and how many days of inputs it counts. */
  days: number;
  inputDays: number;
  types: TypePattern[];
  /** The calendar days, oldest first, `YYYY-MM-DD`, UTC. */
  dayNames: string[];
  trends: DailyCounts[];
  rates: DayRate[];
  /** For each type, the day with the largest share of runs that had it, the worst first. */
  worst: DayRate[];
  inputs: InputPatterns;
  /** The newest of the versions that are new in these days, and how many there are. */
  versions: VersionChange[];
  newVersions: number;
}

/** In fewer days few inputs occur twice. */
const minInputDays = 30;
const maxVersions = 5;

/** The earliest moment that an answer about `days` days up to `end` covers, in Unix seconds. */
export const patternsSince = (days: number, end: number) => end - Math.max(2 * days, minInputDays) * daySeconds;

/**
 * What an agent's failures have in common over `days` days up to `end` (Unix seconds). Shares of runs and new versions
 * cover the last `days` * 24 hours; counts and rates per day cover as many calendar days (UTC), the last of which
 * contains `end`.
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
