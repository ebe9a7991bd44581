import type { Reader } from '../mirror/open.ts';

/** What is remembered of one mirror by one memory; past so many values it begins anew. */
const maxRemembered = 1000;

interface Memory<Value> {
  stamp: string;
  values: Map<string, Value>;
}

/** Moves whenever the file, or what the connection itself has written to it, changes. (In plain SQL: each answer asks several times.) */
function createStamp({ sqlite }: Reader): () => string {
  const version = sqlite.prepare<[], number>('pragma data_version').pluck();
  // A connection that only reads writes nothing but temporary lists.
  if (sqlite.readonly) return () => String(version.get());
  const own = sqlite.prepare<[], number>('select total_changes()').pluck();
  return () => `${version.get()} ${own.get()}`;
}

const stamps = new WeakMap<Reader['db'], () => string>();

function stampOf(reader: Reader): string {
  const known = stamps.get(reader.db);
  if (known) return known();
  const stamp = createStamp(reader);
  stamps.set(reader.db, stamp);
  return stamp();
}

/**
 * Remembers answers for as long as nobody, this connection or another, has changed the mirror. Nobody may change an answer.
 *
 *     const total = rememberTotal(reader, key, () => count(reader));
 */
export function untilChanged<Value>(): (reader: Reader, key: string, compute: () => Value) => Value {
  const memories = new WeakMap<Reader['db'], Memory<Value>>();
  return (reader, key, compute) => {
    const stamp = stampOf(reader);
    let memory = memories.get(reader.db);
    if (memory?.stamp !== stamp || memory.values.size >= maxRemembered) {
      memory = { stamp, values: new Map() };
      memories.set(reader.db, memory);
    }
    const found = memory.values.get(key);
    if (found !== undefined) return found;
    const value = compute();
    memory.values.set(key, value);
    return value;
  };
}
