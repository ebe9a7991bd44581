import type { Reader } from './open.ts';
import { stampOf } from './snapshot.ts';

/** What is remembered of one mirror by one memory; past so many values it begins anew. */
const maxRemembered = 1000;

interface Memory<Value> {
  stamp: string;
  values: Map<string, Value>;
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
