import * as z from 'zod';
import { rounded } from '../exact-json.ts';
import { keyMark } from './own-key.ts';

/**
 * What the Customer API sends, read leniently: what a row is known by is demanded, all else may be missing or null,
 * and fields that are not known here are kept apart as they are.
 */

/** SQLite would change a lone surrogate into another character, and a URL can't carry it: such an id names nothing. */
export const key = z
  .string()
  .min(1)
  .refine((text) => text.isWellFormed(), 'is not well-formed Unicode')
  .refine((text) => !text.includes(keyMark), 'holds the API key');
/** Numbered from 1. Some writers of JSON send whole numbers as text, for readers that round large ones. */
export const numberedKey = z.preprocess(
  (sent) => (typeof sent === 'string' && /^[1-9]\d{0,15}$/.test(sent) ? Number(sent) : sent),
  z.int().positive(),
);
/** However many digits it was sent with. */
export const number = z.preprocess(rounded, z.number()).nullish();
export const whole = z.int().nullish();
/** Unix seconds; 2100 and later are milliseconds, or no time at all, and would read as `just now` for ever. */
export const moment = z.number().nonnegative().lt(4_102_444_800);
export const time = moment.nullish();
export const text = z.string().nullish();
export const flag = z.boolean().nullish();

/** Rows as they come, however many: how many they may be is looked at before any of them is. */
export const rawRows = z.custom<unknown[]>(Array.isArray, 'Invalid input: expected array');

export const wirePage = z.object({
  total: z.int().nonnegative(),
  offset: z.int().nonnegative(),
  limit: z.int().positive(),
  has_more: z.boolean(),
});

/** What is stored as it comes need not be known in full. */
export const wireHealthScore = z.object({ components: z.record(z.string(), z.unknown()) });
