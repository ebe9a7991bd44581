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

/** Of one agent, or all, at any time; runs whose time is not known are not counted. */
export function eventCoverage(reader: Reader, agentId: string | undefined): EventCoverage {
  const found =
    agentId === undefined ? ofAll(reader).get({}) : ofAgent(reader).get({ agent: numberOfAgent(reader, agentId) });
  return found ?? { runs: 0, withEvents: 0 };
}

const sinceThen = preparedSql<{ runs: number; awaited: number }>(
  `select count(*) as runs, coalesce(sum(detail_at is null and events_expired = 0), 0) as awaited
  from runs where started_at >= @since and pass is not null and gone_at is null`,
);

/** How many runs started since a moment (Unix seconds), and of how many of them the events are yet to be fetched. */
export const awaitedEvents = (reader: Reader, since: number): { runs: number; awaited: number } =>
  sinceThen(reader).get({ since }) ?? { runs: 0, awaited: 0 };
