import * as z from 'zod';
import { nearest } from '../nearest.ts';

/** What a caller gave, read as it is meant. */
export interface Meant {
  arguments: unknown;
  /** Names of no argument of the tool, which say nothing and look like none of its arguments. */
  ignored: readonly string[];
}

/** A number as people and models write it; no 0x10, no Infinity. */
const numeral = /^[+-]?\d+(?:\.\d+)?$/;

/**
 * The arguments as their caller means them. Clients and models differ in what they send: null or "" for an argument
 * that they leave out, "20" for 20, "true" for true, 42 for the id "42", names that the tool does not have. A value is
 * read otherwise only if the tool refuses it as it is and takes what it is read as.
 */
export function asMeant(given: unknown, { shape }: z.ZodObject): Meant {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return { arguments: given, ignored: [] };
  const ignored: string[] = [];
  const valid = Object.keys(shape);
  const taken = Object.entries(given).flatMap(([name, value]) => {
    const field = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (field !== undefined) return isLeftOut(field, value) ? [] : [[name, reading(field, value)] as const];
    if (looksLike(name, valid)) return [[name, value] as const];
    if (!isNothing(value)) ignored.push(name);
    return [];
  });
  return { arguments: Object.fromEntries(taken), ignored };
}

const isNothing = (value: unknown) => value === null || (typeof value === 'string' && value.trim() === '');

/** Whether the value says that its argument is left out. What the tool demands can't be "". */
function isLeftOut(field: z.core.$ZodType, value: unknown): boolean {
  return value === null || (isNothing(value) && z.safeParse(field, undefined).success);
}

function reading(field: z.core.$ZodType, value: unknown): unknown {
  if (z.safeParse(field, value).success) return value;
  const other = otherReading(value);
  return other !== undefined && z.safeParse(field, other).success ? other : value;
}

function otherReading(value: unknown): unknown {
  // A number of more digits has lost some of them on its way.
  if (typeof value === 'number') return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? String(value) : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim().toLowerCase();
  if (text === 'true' || text === 'false') return text === 'true';
  return numeral.test(text) ? Number(text) : undefined;
}

/** Whether a name that is not valid may be meant for one that is: to ignore it would answer another question. */
function looksLike(name: string, valid: readonly string[]): boolean {
  const words = new Set(name.toLowerCase().split(/[^a-z0-9]+/));
  return nearest(name, valid, 1).length > 0 || valid.some((one) => one.split('_').some((word) => words.has(word)));
}
