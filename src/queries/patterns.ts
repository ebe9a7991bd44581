import { dayName, daySeconds, lastDays } from '../days.ts';
import type { Reader } from '../db/open.ts';
import { type DayRate, failureRates, worstDays } from './failure-rates.ts';
import { type InputPatterns, inputPatterns, inputsSince } from './input-patterns.ts';
import { type DailyCounts, signalTrends } from './signal-trends.ts';
import { systemicPatterns, type TypePattern } from './systemic-patterns.ts';
import { typesEver } from './type-counts.ts';
import { type VersionChange, versionChanges } from './version-changes.ts';
import { type KnownVersion, versionsBefore } from './versions.ts';

export interface Patterns {
  /** How many days the answer covers; inputs are of all time. */
  days: number;
  types: TypePattern[];
  /** When the first of all mirrored signals of each type was detected, in Unix seconds. */
  firstEver: ReadonlyMap<string, number>;
  /** The calendar days, oldest first, `YYYY-MM-DD`, UTC. */
  dayNames: string[];
  trends: DailyCounts[];
  rates: DayRate[];
  /** For each type, the day with the largest share of runs that had it, the worst first. */
  worst: DayRate[];
  inputs: InputPatterns;
  /** When the oldest run whose input is known took place, in Unix seconds; null: no input is known. */
  inputsSince: number | null;
  /** The newest of the versions that are new in these days, and how many there are. */
  versions: VersionChange[];
  newVersions: number;
  /** The newest of the versions that came before these days, and so are not among those, and how many there are. */
  leftOut: { items: KnownVersion[]; total: number };
}

const maxVersions = 5;
const maxLeftOut = 3;

/** The earliest moment that an answer about `days` days up to `end` covers, in Unix seconds. */
export const patternsSince = (days: number, end: number) => end - 2 * days * daySeconds;

/**
 * What an agent's failures have in common over `days` days up to `end` (Unix seconds). Shares of runs, rates per day and
 * new versions cover the last `days` * 24 hours, the first day of which may be a part of one; counts per day cover as many
 * calendar days (UTC), the last of which contains `end`.
 */
export function agentPatterns(reader: Reader, agentId: string, { days, end }: { days: number; end: number }): Patterns {
  const window = { from: end - days * daySeconds, end };
  const calendar = lastDays(end, days);
  const rates = failureRates(reader, agentId, window);
  const { versions, total } = versionChanges(reader, agentId, window, maxVersions);
  return {
    days,
    types: systemicPatterns(reader, agentId, window),
    firstEver: new Map(typesEver(reader, agentId).map(({ failureType, firstSeen }) => [failureType, firstSeen])),
    dayNames: calendar.map(dayName),
    trends: signalTrends(reader, agentId, calendar),
    rates,
    worst: worstDays(rates),
    inputs: inputPatterns(reader, agentId),
    inputsSince: inputsSince(reader, agentId),
    versions,
    newVersions: total,
    leftOut: versionsBefore(reader, agentId, window.from, maxLeftOut),
  };
}
