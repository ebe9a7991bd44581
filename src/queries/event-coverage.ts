import { numberOfAgent } from '../db/codes.ts';
import { countedAs } from '../db/day-tables.ts';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';

/** How many runs there are, and of how many of them the events are mirrored, which hold inputs, models and tools. */
export interface EventCoverage {
  runs: number;
  withEvents: number;
}

const sums = 'coalesce(sum(runs), 0) as runs, coalesce(sum(with_events), 0) as withEvents from run_days';
const isAll = `what = ${countedAs.all}`;

const ofAgent = preparedSql<EventCoverage>(`select ${sums} where agent = @agent and ${isAll}`);
const ofAll = preparedSql<EventCoverage>(`select ${sums} where ${isAll}`);

// The words of the index runs_without_detail: runs that have their events cost nothing.
const without = preparedSql<{ missing: number }>(`select count(*) as missing from runs
  where started_at >= @since and detail_at is null and events_expired = 0 and gone_at is null`);

/** How many runs that started at `since` (Unix seconds) or later lack events that the API may still have. */
export function runsWithoutEvents(reader: Reader, since: number): number {
  return without(reader).get({ since })?.missing ?? 0;
}

/** Of one agent, or all, at any time; runs whose time is not known are not counted. */
export function eventCoverage(reader: Reader, agentId: string | undefined): EventCoverage {
  const found =
    agentId === undefined ? ofAll(reader).get({}) : ofAgent(reader).get({ agent: numberOfAgent(reader, agentId) });
  return found ?? { runs: 0, withEvents: 0 };
}
