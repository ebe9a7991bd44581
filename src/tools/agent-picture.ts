import { dayName, dayOf, daySeconds, lastDays } from '../days.ts';
import type { Reader } from '../db/open.ts';
import { fewSeries } from '../pictures/series.ts';
import { hourMap } from '../queries/hour-map.ts';
import { signalTrends } from '../queries/signal-trends.ts';
import { versionChanges } from '../queries/version-changes.ts';
import { versionRates } from '../queries/version-rates.ts';

/** How many versions are drawn, the most recently used first. */
const maxVersions = 12;

/**
 * What the picture of an agent shows besides its answer: signals of each of the last `days` calendar days (UTC) up to
 * the one of `end` (Unix seconds) by failure type, and of the same days the failure rate of each version, and signals by
 * weekday and hour.
 */
export function agentPicture(reader: Reader, agentId: string, { days, end }: { days: number; end: number }) {
  const calendar = lastDays(end, days);
  const span = { from: (calendar[0] ?? 0) * daySeconds, end: (dayOf(end) + 1) * daySeconds - 0.001 };
  const trends = signalTrends(reader, agentId, calendar);
  const rates = versionRates(reader, agentId, span);
  const changes = versionChanges(reader, agentId, span, maxVersions).versions;
  const verdictOf = (version: string | null) => changes.find((change) => change.version === version)?.all.verdict;
  return {
    days: calendar.map(dayName),
    series: fewSeries(trends.map(({ failureType, counts }) => ({ name: failureType, counts }))),
    versions: rates.slice(0, maxVersions).map(({ version, affectedRuns, totalRuns }) => ({
      ...(version === null ? {} : { agent_version: version }),
      affected_runs: affectedRuns,
      total_runs: totalRuns,
      ...(verdictOf(version) === undefined ? {} : { verdict: verdictOf(version) }),
    })),
    versions_total: rates.length,
    hours: hourMap(reader, agentId, span),
  };
}
