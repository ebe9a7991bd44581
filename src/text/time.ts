import { daySeconds } from '../days.ts';

/** `3d ago`, from a duration in seconds; a negative one (clocks differ) counts as now. */
export function ago(seconds: number): string {
  if (seconds < 1) return 'just now';
  return `${span(seconds)} ago`;
}

/** A duration in its best unit: seconds up to a minute and a half, minutes up to 90, hours up to 48, then days. */
export function span(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)}s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)}m`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)}h`;
  return `${Math.round(seconds / daySeconds)}d`;
}

/** The duration of a run: `0.4s`, `5.6s`, `3m 20s`, `2h 5m`. */
export function duration(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${whole % 60}s`;
  return `${Math.floor(whole / 3600)}h ${Math.floor((whole % 3600) / 60)}m`;
}

/** Unix seconds -> `2026-05-13 13:19 UTC`. */
export function minute(unixSeconds: number): string {
  return `${iso(unixSeconds)
    .replace(/:\d\d\.\d{3}Z$/, '')
    .replace('T', ' ')} UTC`;
}

/** Unix seconds -> ISO 8601 in UTC, to the millisecond; a value outside the range of dates stays a number. */
export function iso(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1000);
  return Number.isNaN(date.getTime()) ? String(unixSeconds) : date.toISOString();
}

/** The same to the second, which is precise enough for most uses. */
export function second(unixSeconds: number): string {
  const text = iso(unixSeconds);
  return text.endsWith('Z') ? `${text.slice(0, -5)}Z` : text;
}
