import type { Reader } from '../mirror/open.ts';

interface Bounds {
  begin(): void;
  end(): void;
}

function boundsOf({ sqlite }: Reader): Bounds {
  const [begin, end] = [sqlite.prepare('begin'), sqlite.prepare('commit')];
  return { begin: () => void begin.run(), end: () => void end.run() };
}

const known = new WeakMap<Reader['db'], Bounds>();

/**
 * Has all queries of `work`, which waits for nothing, see the mirror as it was at the first of them, whatever is written
 * meanwhile: the total of an answer and its rows agree. It is quicker, too: the file is locked and looked at once.
 */
export function inSnapshot<Result>(reader: Reader, work: () => Result): Result {
  if (reader.sqlite.inTransaction) return work();
  let bounds = known.get(reader.db);
  if (!bounds) {
    bounds = boundsOf(reader);
    known.set(reader.db, bounds);
  }
  bounds.begin();
  try {
    return work();
  } finally {
    // Committed in any case: nothing was written, but for temporary lists that are remembered.
    if (reader.sqlite.inTransaction) bounds.end();
  }
}
