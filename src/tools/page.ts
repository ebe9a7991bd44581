import * as z from 'zod';
import { encodeCursor, type Position } from './cursor.ts';

/** The fields that every list has besides its items. */
export const pageShape = {
  total: z.number(),
  returned: z.number(),
  next_cursor: z.string().optional(),
};

interface Found<Item> {
  /** `limit` + 1 items, if there are more. */
  items: readonly Item[];
  total: number;
}

export interface ListPage<Item> {
  items: readonly Item[];
  /** Lines for the end of the text. */
  lines: string[];
  structured: { total: number; returned: number; next_cursor?: string };
}

/** The first `limit` items, and how to get the rest. */
export function pageOf<Item>(
  { items, total }: Found<Item>,
  limit: number,
  question: readonly unknown[],
  positionOf: (item: Item) => Position<unknown>,
): ListPage<Item> {
  const shown = items.length > limit ? items.slice(0, limit) : items;
  const last = shown.at(-1);
  const cursor = items.length > limit && last !== undefined ? encodeCursor(question, positionOf(last)) : undefined;
  return {
    items: shown,
    lines: cursor === undefined ? [] : [`(More follow: pass cursor="${cursor}".)`],
    structured: { total, returned: shown.length, ...(cursor === undefined ? {} : { next_cursor: cursor }) },
  };
}
