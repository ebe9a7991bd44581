import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';

const since = preparedSql<{ count: number }>('select count(*) as count from requests where at >= @from');

/** How many requests all processes on the file have sent since `from`, on the host's monotonic clock, in milliseconds. */
export function requestsSince(reader: Reader, from: number): number {
  return since(reader).get({ from })?.count ?? 0;
}
