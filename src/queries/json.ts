import * as z from 'zod';
import { parseToShow } from '../exact-json.ts';

/** Reads stored JSON. It was checked before it was stored, so a value that does not fit reads as empty. */

const fixes = z.array(
  z.object({ description: z.string().nullish(), language: z.string().nullish(), code: z.string().nullish() }),
);

function parse<Output>(schema: z.ZodType<Output>, text: string | null): Output | undefined {
  if (text === null) return undefined;
  return schema.safeParse(JSON.parse(text)).data;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The value of a JSON text, undefined for a text that is not JSON: for values stored just as another program sent them.
 */
export function lenientJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `{"TOOL_LOOP": 3}` -> pairs, the largest count first. */
export function parseCounts(text: string | null): [string, number][] {
  return Object.entries(parseObject(text))
    .flatMap(([name, count]): [string, number][] => (typeof count === 'number' ? [[name, count]] : []))
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

export function parseObject(text: string | null): Record<string, unknown> {
  const value = text === null ? undefined : parseToShow(text);
  return isObject(value) ? value : {};
}

export interface Fix {
  description: string;
  language: string;
  code: string;
}

export function parseFixes(text: string | null): Fix[] {
  return (parse(fixes, text) ?? []).map((fix) => ({
    description: fix.description ?? '',
    language: fix.language ?? '',
    code: fix.code ?? '',
  }));
}
