import * as z from 'zod';
import { rounded } from '../exact-json.ts';
import { keyMark } from './own-key.ts';

/**
 * What the Customer API sends, read leniently: we require what identifies a row, everything else may be missing or
 * null, and we keep unknown fields apart, unchanged.
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
/** Accepts any number of digits. */
export const number = z.preprocess(rounded, z.number()).nullish();
export const whole = z.int().nullish();
/** Unix seconds; 2100 and later are milliseconds, or no time at all, and would read as `just now` for ever. */
export const moment = z.number().nonnegative().lt(4_102_444_800);
export const time = moment.nullish();
/** ISO 8601 as text, read as Unix seconds. */
export const isoTime = z.preprocess(
  (sent) => (typeof sent === 'string' && !Number.isNaN(Date.parse(sent)) ? Date.parse(sent) / 1000 : sent),
  time,
);
export const text = z.string().nullish();
export const flag = z.boolean().nullish();

/** Rows as received, in any number: the caller checks the number before it reads any of them. */
export const rawRows = z.custom<unknown[]>(Array.isArray, 'Invalid input: expected array');

export const wirePage = z.object({
  total: z.int().nonnegative(),
  offset: z.int().nonnegative(),
  limit: z.int().positive(),
  has_more: z.boolean(),
});

/** We store it as received, so we need not know all of its fields. */
export const wireHealthScore = z.object({ components: z.record(z.string(), z.unknown()) });
