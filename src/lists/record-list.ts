import type * as z from 'zod';
import type { Sent } from '../api/rows.ts';

export type RecordShape = Readonly<Record<string, z.ZodType>>;

/**
 * A small list that the API sends whole, and that the mirror replaces whole. A row is kept as JSON, so that a field costs a
 * line here and nothing elsewhere; the view has a column for each field, and `*_iso` for each that ends in `_at`.
 */
export interface RecordList<Shape extends RecordShape = RecordShape> {
  readonly name: string;
  /** What people read of it. */
  readonly view: string;
  /** What a row is, in a sentence. */
  readonly about: string;
  /** A field's description is that of the view's column. */
  readonly wire: z.ZodObject<Shape>;
  /** The field that identifies a row. */
  readonly key: string;
  readonly path: string;
  /** The first generation of the Customer API that has the list. */
  readonly since: 1 | 2 | 3;
}

/** A row as the mirror stores it. `body` (the fields above) and `extra` (others) are JSON text. */
export interface RecordRow {
  key: string;
  body: string;
  extra: string | null;
}

export function recordRow({ key }: RecordList, { row, extra }: Sent<object>): RecordRow {
  return { key: String(Object.getOwnPropertyDescriptor(row, key)?.value), body: JSON.stringify(row), extra };
}
