import type { Reader } from './open.ts';
import { prepared } from './prepared.ts';
import { mirrorMeta } from './schema.ts';

const stored = prepared((db) => db.select({ revision: mirrorMeta.revision }).from(mirrorMeta).prepare());

/** A number that moves whenever a row changes that an answer may show. */
export const revisionOf = (reader: Pick<Reader, 'db'>): number => stored(reader).get()?.revision ?? 0;

/** A memory with more values than this is emptied. */
const maxRemembered = 20;

/**
 * Remembers what took long to find out for as long as no row of the mirror changes. Nobody may change what is remembered.
 *
 *     const total = rememberedTotal(reader, key, () => count(reader));
 */
export function remembered<Value>(): (reader: Pick<Reader, 'db'>, key: string, compute: () => Value) => Value {
  const memoryOf = prepared((_db) => ({ revision: -1, values: new Map<string, Value>() }));
  return (reader, key, compute) => {
    const memory = memoryOf(reader);
    const revision = revisionOf(reader);
    if (memory.revision !== revision || memory.values.size >= maxRemembered) memory.values.clear();
    memory.revision = revision;
    const found = memory.values.get(key);
    if (found !== undefined) return found;
    const value = compute();
    memory.values.set(key, value);
    return value;
  };
}
