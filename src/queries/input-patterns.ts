import type { Window } from '../days.ts';
import { nameOf, numberOfAgent } from '../db/codes.ts';
import { countedAs } from '../db/day-tables.ts';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { isListedRun, runTime } from '../db/run-kinds.ts';
import { windowLoads } from './loads.ts';
import { countRunsOf, runsAs } from './run-counts.ts';
import { type Share, shareOf } from './shares.ts';

/** An input that reliably triggers a failure. */
export interface InputPattern extends Share {
  inputHash: string;
  failureType: string;
}

export interface InputPatterns {
  patterns: InputPattern[];
  /** Runs of the window whose events, which hold the inputs, are mirrored; and how many runs there are. */
  runsWithEvents: number;
  runs: number;
}

/**
 * Source: docs/customer-api.md, 'How the server computes its analytics'; the page of the Python server for the rate.
 */
const minRuns = 2;
const minRate = 0.5;
const maxPatterns = 20;

interface Counted {
  inputHash: string;
  type: number;
  affected: number;
  total: number;
}

/**
 * Few inputs are shared by several runs, so signals are looked up only for these. Left to itself, SQLite would go by
 * time, and sort.
 */
const counted = preparedSql<Counted>(`
  with inputs as materialized (
      select r.input, count(*) as total from runs r indexed by runs_agent_input
      where r.agent = @agent and r.input is not null and ${runTime} >= @from and ${runTime} <= @end and ${isListedRun}
      group by r.input having count(*) >= ${minRuns}),
    struck as (
      select distinct r.id, r.input, s.failure_type as type
      from inputs i cross join runs r on r.agent = @agent and r.input = i.input and ${runTime} >= @from and ${runTime} <= @end
          and ${isListedRun}
        cross join signals s on s.run = r.id and s.gone_at is null)
  select s.input as inputHash, s.type, count(*) as affected, i.total
  from struck s join inputs i on i.input = s.input
  group by s.input, s.type having affected >= ${minRate} * i.total
  order by affected desc, affected * 1.0 / i.total desc, s.input, (select name from names where id = s.type)
  limit ${maxPatterns}`);

/**
 * Inputs for which at least half of an agent's runs in a window failed in one way, among two or more runs: distinct
 * runs with the failure / distinct runs with the input; the 20 that triggered most failures. A run's input is in its
 * events.
 */
export function inputPatterns(reader: Reader, agentId: string, window: Window): InputPatterns {
  const { from, end } = window;
  const found = counted(reader).all({ agent: numberOfAgent(reader, agentId), from, end });
  return {
    patterns: found.map(({ inputHash, type, affected, total }) => ({
      inputHash,
      failureType: nameOf(reader, type),
      ...shareOf(affected, total),
    })),
    runsWithEvents: windowLoads(reader, agentId, window).withEvents,
    runs: runsAs(countRunsOf(reader, agentId, window, 'whole'), countedAs.all),
  };
}
