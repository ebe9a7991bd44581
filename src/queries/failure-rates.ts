import { dayName, type Window } from '../days.ts';
import { nameOf } from '../db/codes.ts';
import { countedAs } from '../db/day-tables.ts';
import type { Reader } from '../db/open.ts';
import { countRunsOf, runsAs, typesIn } from './run-counts.ts';
import { type Share, shareOf } from './shares.ts';

/** How many of a day's runs had a failure type. */
export interface DayRate extends Share {
  failureType: string;
  /** `YYYY-MM-DD`, UTC. */
  day: string;
}

/**
 * For each failure type, and each day of a window on which it occurred: distinct runs with a signal of the type / runs,
 * both by the day on which the run started; newest day first.
 * Source: docs/customer-api.md, 'How the server computes its analytics', where a run counts on the day of its analysis,
 * which the API does not show.
 */
export function failureRates(reader: Reader, agentId: string, window: Window): DayRate[] {
  const counts = countRunsOf(reader, agentId, window, 'by day');
  return typesIn(counts)
    .flatMap((type) => {
      const failureType = nameOf(reader, type);
      return [...(counts.get(type) ?? [])].map(([day, affected]) => ({
        failureType,
        day: dayName(day),
        ...shareOf(affected, runsAs(counts, countedAs.all, day)),
      }));
    })
    .sort((a, b) => b.day.localeCompare(a.day) || b.rate - a.rate || a.failureType.localeCompare(b.failureType));
}

/** For each type, the day with the largest share of runs that had it, the worst first. */
export function worstDays(rates: readonly DayRate[]): DayRate[] {
  const worst = new Map<string, DayRate>();
  for (const rate of rates) {
    const known = worst.get(rate.failureType);
    if (!known || isWorse(rate, known)) worst.set(rate.failureType, rate);
  }
  return [...worst.values()].sort(
    (a, b) => b.rate - a.rate || b.totalRuns - a.totalRuns || a.failureType.localeCompare(b.failureType),
  );
}

/** Among equal rates, the one of more runs is worse, then the later one. */
function isWorse(a: DayRate, b: DayRate): boolean {
  if (a.rate !== b.rate) return a.rate > b.rate;
  if (a.totalRuns !== b.totalRuns) return a.totalRuns > b.totalRuns;
  return a.day > b.day;
}
