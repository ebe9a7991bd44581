import type { Reader } from './open.ts';
import { preparedSql } from './prepared.ts';

const begin = preparedSql('begin');
const end = preparedSql('commit');

/**
 * Has all queries of `work`, which waits for nothing, see the mirror as it was at the first of them, whatever is written
 * meanwhile: the total of an answer and its rows agree. It is quicker, too: the file is locked and looked at once.
 */
export function inSnapshot<Result>(reader: Reader, work: () => Result): Result {
  if (reader.sqlite.inTransaction) return work();
  begin(reader).run({});
  try {
    return work();
  } finally {
    // Committed in any case: nothing was written but temporary lists, which are remembered.
    if (reader.sqlite.inTransaction) end(reader).run({});
  }
}

/** The same for work that lets others run meanwhile, on a connection that nobody else uses. */
export async function inOwnSnapshot<Result>(reader: Reader, work: () => Promise<Result>): Promise<Result> {
  begin(reader).run({});
  try {
    return await work();
  } finally {
    if (reader.sqlite.inTransaction) end(reader).run({});
  }
}
