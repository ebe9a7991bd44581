import { eq, sql } from 'drizzle-orm';
import type { Reader } from './open.ts';
import { prepared } from './prepared.ts';
import { names } from './schema.ts';

const named = prepared((db) => {
  const find = db
    .select({ name: names.name })
    .from(names)
    .where(eq(names.id, sql.placeholder('id')))
    .prepare();
  const known = new Map<number, string>();
  return (id: number): string => {
    const name = known.get(id) ?? find.get({ id })?.name;
    // A name keeps its number for good.
    if (name !== undefined) known.set(id, name);
    return name ?? '';
  };
});

/** The name that a number in a row stands for: of a failure type, a severity, a version. */
export const nameOf = (reader: Reader, id: number): string => named(reader)(id);
