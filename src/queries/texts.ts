import { sql } from 'drizzle-orm';
import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { texts } from '../db/schema.ts';

/** A text by its number; null for none. */
export type TextReader = (id: number | null) => string | null;

const byIds = prepared((db) =>
  db
    .select()
    .from(texts)
    .where(sql`${texts.id} in (select value from json_each(${sql.placeholder('ids')}))`)
    .prepare(),
);

/** Reads the texts of these numbers, each of them once: most rows are explained in the same words. */
export function textsOf(reader: Pick<Reader, 'db'>, ids: readonly (number | null)[]): TextReader {
  const wanted = [...new Set(ids)].filter((id) => id !== null);
  const bodies = new Map(
    byIds(reader)
      .all({ ids: JSON.stringify(wanted) })
      .map(({ id, body }) => [id, body]),
  );
  return (id) => (id === null ? null : (bodies.get(id) ?? null));
}
