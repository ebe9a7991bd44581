import { createHash } from 'node:crypto';
import * as z from 'zod';
import { UsageError } from '../errors.ts';

/** Where a page ended: the sort key of its last row (a time, or null) and that row's id. */
export type Position<Id> = readonly [time: number | null, id: Id];

/** The shape of a row id in a cursor. It is built once, as every call of a list parses its cursor. */
export const textId = z.string();
export const numberId = z.number();

/** A cursor is tied to the question it came from: with other filters it would skip rows. */
const markOf = (question: readonly unknown[]) =>
  createHash('sha256').update(JSON.stringify(question)).digest('base64url').slice(0, 8);

/** An opaque text for the page after `position`. */
export function encodeCursor(question: readonly unknown[], [time, id]: Position<unknown>): string {
  return Buffer.from(JSON.stringify([markOf(question), time, id])).toString('base64url');
}

/** @throws UsageError for a text that is not a cursor, or belongs to another question. */
export function decodeCursor<Id>(
  cursor: string | undefined,
  question: readonly unknown[],
  id: z.ZodType<Id>,
): Position<Id> | undefined {
  if (cursor === undefined) return undefined;
  const shape = z.tuple([z.string(), z.number().nullable(), id]);
  const parsed = shape.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()));
  if (!parsed.success)
    throw new UsageError(
      'Invalid cursor: it is not from an answer of this tool. Pass next_cursor of the last answer unchanged, or leave it out.',
    );
  const [mark, time, last] = parsed.data;
  if (mark !== markOf(question))
    throw new UsageError(
      'Invalid cursor: it belongs to another question. Pass it with the same other arguments, or leave it out.',
    );
  return [time, last];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
