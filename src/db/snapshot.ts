import type { Reader } from './open.ts';

/** What is known of a connection: how it reads the mirror as it is at one moment, and when the mirror was another one. */
interface Known {
  begin(): void;
  end(): void;
  readStamp(): string;
  /** The snapshot that it is in, in which the mirror stays the same. */
  snapshot?: { stamp?: string } | undefined;
}

function knownOf({ sqlite }: Reader): Known {
  const [begin, end] = [sqlite.prepare('begin'), sqlite.prepare('commit')];
  const version = sqlite.prepare<[], number>('pragma data_version').pluck();
  const own = sqlite.prepare<[], number>('select total_changes()').pluck();
  return {
    begin: () => void begin.run(),
    end: () => void end.run(),
    // A connection that only reads writes nothing but temporary lists.
    readStamp: () => (sqlite.readonly ? String(version.get()) : `${version.get()} ${own.get()}`),
  };
}

const connections = new WeakMap<Reader['db'], Known>();

function connectionOf(reader: Reader): Known {
  const known = connections.get(reader.db);
  if (known) return known;
  const begun = knownOf(reader);
  connections.set(reader.db, begun);
  return begun;
}

/** Moves whenever the file, or what the connection itself has written to it, changes. (In plain SQL: each answer asks several times.) */
export function stampOf(reader: Reader): string {
  const { snapshot, readStamp } = connectionOf(reader);
  // A connection that writes may do so in between.
  if (!snapshot || !reader.sqlite.readonly) return readStamp();
  snapshot.stamp ??= readStamp();
  return snapshot.stamp;
}

/**
 * Has all queries of `work`, which waits for nothing, see the mirror as it was at the first of them, whatever is written
 * meanwhile: the total of an answer and its rows agree. It is quicker, too: the file is locked and looked at once.
 */
export function inSnapshot<Result>(reader: Reader, work: () => Result): Result {
  if (reader.sqlite.inTransaction) return work();
  const known = connectionOf(reader);
  known.begin();
  known.snapshot = {};
  try {
    return work();
  } finally {
    known.snapshot = undefined;
    // Committed in any case: nothing was written, but for temporary lists that are remembered.
    if (reader.sqlite.inTransaction) known.end();
  }
}
