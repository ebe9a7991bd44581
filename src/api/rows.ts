import type * as z from 'zod';

/** A row as received: the fields that we know, and as JSON text those that we don't. */
export interface Sent<Row> {
  row: Row;
  extra: string | null;
}

/** An unreadable row. `shape` is what was wrong with it, without its values. */
export interface BadRow {
  shape: string;
  /** The row's id, if that was readable. */
  key?: string | number | undefined;
}

export function isBad(row: Sent<unknown> | BadRow): row is BadRow {
  return 'shape' in row;
}

/** The readable rows. */
export function goodRows<Row>(rows: readonly (Sent<Row> | BadRow)[]): Sent<Row>[] {
  return rows.flatMap((row) => (isBad(row) ? [] : [row]));
}

export function extraOf(known: Readonly<Record<string, unknown>>, raw: unknown): string | null {
  if (typeof raw !== 'object' || raw === null) return null;
  // Most rows have no other fields, and there are many rows.
  if (hasOnly(known, raw)) return null;
  const unknown = Object.entries(raw).filter(([name]) => !Object.hasOwn(known, name));
  return JSON.stringify(Object.fromEntries(unknown));
}

function hasOnly(known: Readonly<Record<string, unknown>>, raw: object): boolean {
  for (const name in raw) if (!Object.hasOwn(known, name)) return false;
  return true;
}

/** How many levels of nesting a row may have: none needs more, and writing deeper JSON would overflow the stack. */
export const maxDepth = 100;

export function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const part of Object.values(value)) if (typeof part === 'object' && isDeeper(part, levels - 1)) return true;
  return false;
}

/**
 * A reader of one kind of row: it never throws, but returns what is wrong. `keyOf` finds the id in an unreadable row.
 */
export function rowReader<Shape extends z.ZodRawShape>(
  what: string,
  schema: z.ZodObject<Shape>,
  keyOf: (raw: unknown) => string | number | undefined,
) {
  return (raw: unknown): Sent<z.infer<z.ZodObject<Shape>>> | BadRow => {
    if (isDeeper(raw, maxDepth)) return { shape: `${what}: nested deeper than ${maxDepth} levels`, key: keyOf(raw) };
    const parsed = schema.safeParse(raw);
    if (parsed.success) return { row: parsed.data, extra: extraOf(schema.shape, raw) };
    const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'row'} ${issue.message}`);
    return { shape: `${what}: ${[...new Set(issues)].join('; ')}`, key: keyOf(raw) };
  };
}

/** The one field that we read even in an otherwise unreadable row. */
export function keyIn<Key extends string | number>(name: string, schema: z.ZodType<Key>) {
  return (raw: unknown): Key | undefined => {
    const sent = typeof raw === 'object' && raw !== null ? Object.getOwnPropertyDescriptor(raw, name) : undefined;
    return schema.safeParse(sent?.value).data;
  };
}
