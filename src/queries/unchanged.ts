import { sql } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { prepared } from './prepared.ts';

/** What is remembered of one mirror; past so many values it begins anew. */
const maxRemembered = 1000;

const stampOf = prepared((db) =>
  db.select({ stamp: sql<string>`data_version || ' ' || total_changes()` }).from(sql`pragma_data_version()`).prepare(),
);

/**
 * Remembers answers for as long as nobody, this connection or another, has changed the mirror.
 *
 *     const total = rememberTotal(reader, key, () => count(reader));
 */
export function untilChanged<Value>(): (reader: Reader, key: string, compute: () => Value) => Value {
  const memories = new WeakMap<Reader['db'], { stamp: string; values: Map<string, Value> }>();
  return (reader, key, compute) => {
    const stamp = stampOf(reader).get()?.stamp ?? '';
    const known = memories.get(reader.db);
    const isFull = (known?.values.size ?? 0) >= maxRemembered;
    const memory = known?.stamp === stamp && !isFull ? known : { stamp, values: new Map<string, Value>() };
    memories.set(reader.db, memory);
    const value = memory.values.get(key) ?? compute();
    memory.values.set(key, value);
    return value;
  };
}
