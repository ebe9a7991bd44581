import { nameOf, numberOfAgent } from '../db/codes.ts';
import { countedAs } from '../db/day-tables.ts';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { isListedRun, runTime } from '../db/run-kinds.ts';
import { type Share, shareOf } from './shares.ts';

/** How often an input went with a failure. */
export interface InputPattern extends Share {
  inputHash: string;
  failureType: string;
}

export interface InputPatterns {
  patterns: InputPattern[];
  /** Runs whose events, which hold the inputs, are mirrored; and how many runs there are whose time is known. */
  runsWithEvents: number;
  runs: number;
}

/** Source: docs/customer-api.md, 'How the server computes its analytics'. */
const minRuns = 2;
const maxPatterns = 20;

interface Counted {
  inputHash: string;
  type: number;
  affected: number;
  total: number;
}

/** Few inputs are shared by several runs, so signals are looked up only for these. */
const counted = preparedSql<Counted>(`
  with inputs as materialized (
      select r.input, count(*) as total from runs r indexed by runs_agent_input
      where r.agent = @agent and r.input is not null and ${isListedRun}
      group by r.input having count(*) >= ${minRuns}),
    struck as (
      select distinct r.id, r.input, s.failure_type as type
      from inputs i cross join runs r on r.agent = @agent and r.input = i.input and ${isListedRun}
        cross join signals s on s.run = r.id and s.gone_at is null)
  select s.input as inputHash, s.type, count(*) as affected, i.total
  from struck s join inputs i on i.input = s.input
  group by s.input, s.type
  order by round(count(*) * 1.0 / i.total, 2) desc, affected desc, s.input, (select name from names where id = s.type)
  limit ${maxPatterns}`);

const coverage = preparedSql<{ runsWithEvents: number; runs: number }>(`
  select coalesce(sum(with_events), 0) as runsWithEvents, coalesce(sum(runs), 0) as runs
  from run_days where agent = @agent and what = ${countedAs.all}`);

const oldest = preparedSql<{ at: number | null }>(
  `select min(${runTime}) as at from runs r where r.agent = @agent and r.detail_at is not null and ${isListedRun}`,
);

/** When an agent's oldest run with mirrored events took place, in Unix seconds; null: there is none. */
export const inputsSince = (reader: Reader, agentId: string): number | null =>
  oldest(reader).get({ agent: numberOfAgent(reader, agentId) })?.at ?? null;

/**
 * Inputs that two or more of an agent's runs had, with the failures of these runs: distinct runs with the failure /
 * distinct runs with the input; the highest rates first, 20 at most. There is no window: all runs whose events the mirror
 * has count, as all that the server still has do there.
 */
export function inputPatterns(reader: Reader, agentId: string): InputPatterns {
  const agent = numberOfAgent(reader, agentId);
  const covered = coverage(reader).get({ agent });
  return {
    patterns: counted(reader)
      .all({ agent })
      .map(({ inputHash, type, affected, total }) => ({
        inputHash,
        failureType: nameOf(reader, type),
        ...shareOf(affected, total),
      })),
    runsWithEvents: covered?.runsWithEvents ?? 0,
    runs: covered?.runs ?? 0,
  };
}
