import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { isListedRun, runTime } from '../db/run-kinds.ts';
import { eventTraits, type Traits } from './similarity.ts';

/** So many of a run's first events are compared. */
export const maxEvents = 200;

export interface TraitedRun extends Traits {
  id: number;
  runId: string;
  /** Unix seconds. */
  at: number | null;
}

const columns = `r.id, r.run_id as runId, ${runTime} as at, r.input`;

type Row = Pick<TraitedRun, 'id' | 'runId' | 'at' | 'input'>;

const one = preparedSql<Row & { agent: number }>(`select ${columns}, r.agent from runs r where r.run_id = @runId`);

const listed = preparedSql<Row>(`
  select ${columns} from json_each(@ids) j cross join runs r on r.id = j.value where ${isListedRun}`);

const failures = preparedSql<{ run: number; type: number }>(`
  select distinct s.run, s.failure_type as type
  from json_each(@ids) j cross join signals s on s.run = j.value and s.gone_at is null`);

const events = preparedSql<{ type: number; tool: number | null }>(`
  select event_type as type, tool_name as tool from run_events where run = @run order by seq limit ${maxEvents}`);

function withTraits(reader: Reader, rows: readonly Row[]): TraitedRun[] {
  const types = Map.groupBy(failures(reader).all({ ids: JSON.stringify(rows.map(({ id }) => id)) }), ({ run }) => run);
  const eventsOf = events(reader);
  return rows.map((row) => ({
    ...row,
    failureTypes: new Set(types.get(row.id)?.map(({ type }) => type)),
    events: eventTraits(eventsOf.all({ run: row.id })),
  }));
}

/** A run that the mirror knows, and its agent's number. */
export function traitsOf(reader: Reader, runId: string): { run: TraitedRun; agent: number } | undefined {
  const found = one(reader).get({ runId });
  const [run] = found ? withTraits(reader, [found]) : [];
  return found && run && { run, agent: found.agent };
}

/** Those of runs, by their numbers, that the API lists. */
export const traitsOfListed = (reader: Reader, ids: Iterable<number>): TraitedRun[] =>
  withTraits(reader, listed(reader).all({ ids: JSON.stringify([...ids]) }));
