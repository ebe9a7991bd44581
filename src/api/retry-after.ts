import { maxHoldMs } from './budget.ts';

/**
 * From this many seconds on, the number is not a wait but a Unix time, in seconds or milliseconds: a moment in 2001, or
 * 31 years.
 */
const firstMoment = 1e9;
const firstInMs = 1e12;

function secondsOf(text: string, now: number): number {
  if (!/^\d+(\.\d+)?$/.test(text)) return Date.parse(text) / 1000 - now;
  const value = Number(text);
  if (value < firstMoment) return value;
  return (value < firstInMs ? value : value / 1000) - now;
}

/**
 * Milliseconds that a Retry-After header asks for (seconds, a moment in Unix time, or an HTTP date), if it is readable.
 * Whatever it asks for, we ask the API again after an hour.
 */
export function retryAfterMs(header: string | string[] | undefined, nowSeconds: number): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (!text) return undefined;
  const ms = secondsOf(text, nowSeconds) * 1000;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), maxHoldMs);
}

/** Until when we send no request, for the end of a clause. */
export function untilText(afterMs: number | undefined, nowSeconds: number): string {
  if (afterMs === undefined) return '';
  return ` until ${new Date(Math.ceil(nowSeconds + afterMs / 1000) * 1000).toISOString().slice(11, 19)} UTC`;
}
