import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';

/** The fewest characters of a run's id that answers show, and tools take. */
export const minPrefix = 8;
/** So many more than another run's id shares: runs that come later seldom share them, too. */
const spare = 4;

const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

const besides = preparedSql<{ isHere: number; before: string | null; after: string | null }>(`
  select exists (select 1 from runs where run_id = @runId) as isHere,
    (select max(run_id) from runs where run_id < @runId) as before,
    (select min(run_id) from runs where run_id > @runId) as after`);

function sharedWith(runId: string, other: string | null): number {
  if (other === null) return 0;
  const parting = [...runId].findIndex((character, place) => character !== other[place]);
  return parting === -1 ? runId.length : parting;
}

/**
 * How a list shows a run's id: for a UUID, its beginning with an ellipsis, which no other run of the mirror has. An id
 * that the mirror does not hold stays whole, as nothing could find it by its beginning.
 */
export function shortRunId(reader: Reader, runId: string): string {
  if (!uuid.test(runId)) return runId;
  const { isHere, before, after } = besides(reader).get({ runId }) ?? { isHere: 0, before: null, after: null };
  if (!isHere) return runId;
  const shared = Math.max(sharedWith(runId, before), sharedWith(runId, after));
  const length = Math.max(minPrefix, shared === 0 ? 0 : shared + spare);
  return length + 1 >= runId.length ? runId : `${runId.slice(0, length).replace(/-$/, '')}…`;
}

/** The same for the runs of a list. */
export type ShortRunIds = (runId: string) => string;

export const shortRunIds =
  (reader: Reader): ShortRunIds =>
  (runId) =>
    shortRunId(reader, runId);
