import * as z from 'zod';
import { severities } from '../queries/new-signals-order.ts';

/** Arguments that several tools take. */

/** Ids are free text of up to hundreds of characters. A much longer text is not an id. */
const maxText = 2000;

export const text = () =>
  z
    .string({ error: 'takes a text' })
    .max(maxText, `is longer than ${maxText} characters`)
    .refine((value) => value.trim() !== '', 'is empty');

export const agentIdArgument = text().describe('From list_agents');

export const onlyAgentArgument = text().optional().describe('Only this agent');

/** Upper or lower case. */
export const severityArgument = z
  .string()
  .transform((severity) => severity.trim().toUpperCase())
  .pipe(z.enum(severities, { error: `takes ${severities.join(', ')}` }))
  .optional()
  .describe('CRITICAL, HIGH, MEDIUM or LOW');

export const failureTypeArgument = text().optional().describe('Such as TOOL_LOOP, COST_SPIKE, CONTEXT_BLOAT');

export const requiredFailureTypeArgument = text().describe('Such as TOOL_LOOP');

const notANumber = 'takes the number of a signal, such as 42 or "#42"';

/** `42`, `"42"` or `"#42"`. */
export const signalIdArgument = z
  .union(
    [
      z.int().positive(notANumber),
      z
        .string()
        .max(20)
        .regex(/^\s*(signal\s*)?#?\d{1,15}\s*$/i)
        .transform((typed) => Number(typed.replace(/\D/g, ''))),
    ],
    { error: notANumber },
  )
  .describe('Such as 42 or "#42"');

export const inputHashArgument = text()
  .transform((hash) => hash.trim())
  .optional()
  .describe('Only runs with this input');

export const cursorArgument = text().optional().describe('next_cursor of the previous answer');

/** A whole number of any size: the answer says if it was clamped. */
export const limitArgument = (fallback: number, max: number) =>
  z
    .number({ error: 'takes a whole number, such as 20' })
    .refine(Number.isInteger, 'takes a whole number')
    .meta({ type: 'integer' })
    .default(fallback)
    .describe(`At most ${max}`);

export const hoursArgument = (description: string) =>
  z
    .number({ error: 'takes a number of hours, such as 24' })
    .positive('takes a number of hours above 0')
    .optional()
    .describe(description);

/** A limit clamped to the page's bounds, and a note if it was changed; never above `maxRows`. */
export function clampLimit(
  limit: number,
  max: number,
  maxRows = Number.POSITIVE_INFINITY,
): { limit: number; notes: string[] } {
  const clamped = Math.min(Math.max(limit, 1), max);
  const isOff = clamped !== limit;
  return {
    limit: Math.min(clamped, maxRows),
    notes: isOff ? [`limit ${limit} is out of range; ${clamped} was used, the maximum is ${max}`] : [],
  };
}

const maxDays = 90;

/** The mirror keeps events, and the times of runs with them, for that many days. */
export const daysArgument = (fallback: number) =>
  z
    .number({ error: 'takes a whole number of days, such as 7' })
    .refine(Number.isInteger, 'takes a whole number of days')
    .meta({ type: 'integer' })
    .default(fallback)
    .describe(`Days back, at most ${maxDays}`);

/** Days clamped to what the mirror keeps, and a note if they were changed. */
export function clampDays(days: number): { days: number; notes: string[] } {
  const clamped = Math.min(Math.max(days, 1), maxDays);
  const isOff = clamped !== days;
  return {
    days: clamped,
    notes: isOff ? [`days ${days} is out of range; ${clamped} was used, the range is 1 to ${maxDays}`] : [],
  };
}
