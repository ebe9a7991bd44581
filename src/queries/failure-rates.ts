import { numberOfAgent } from '../db/agent-number.ts';
import { nameOf } from '../db/names.ts';
import type { Reader } from '../db/open.ts';
import { countedAs } from '../mirror/counts.ts';
import { countRunsOf, runsAs } from './run-counts.ts';
import { dayName, type Share, type Span, shareOf } from './spans.ts';

/** How many of a day's runs a failure type struck. */
export interface DayRate extends Share {
  failureType: string;
  /** `YYYY-MM-DD`, UTC. */
  day: string;
}

/**
 * For each failure type and day of a span on which it struck: distinct runs with a signal of the type / runs, both by the
 * day on which the run started; newest day first. Source: docs/customer-api.md, 'How the server computes its
 * analytics', where a run counts on the day of its analysis, which the API does not show.
 */
export function failureRates(reader: Reader, agentId: string, span: Span): DayRate[] {
  const counts = countRunsOf(reader, numberOfAgent(reader, agentId), span, 'by day');
  return [...counts]
    .filter(([what]) => what > 0)
    .flatMap(([type, days]) => {
      const failureType = nameOf(reader, type);
      return [...days].map(([day, affected]) => ({
        failureType,
        day: dayName(day),
        ...shareOf(affected, runsAs(counts, countedAs.all, day)),
      }));
    })
    .sort((a, b) => b.day.localeCompare(a.day) || b.rate - a.rate || a.failureType.localeCompare(b.failureType));
}

/** The day on which each type struck the largest share of the runs, the gravest first. */
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

/** Of equal rates that of more runs says more, then the later one. */
function isWorse(a: DayRate, b: DayRate): boolean {
  if (a.rate !== b.rate) return a.rate > b.rate;
  if (a.totalRuns !== b.totalRuns) return a.totalRuns > b.totalRuns;
  return a.day > b.day;
}
