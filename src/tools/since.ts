import * as z from 'zod';
import { daySeconds } from '../days.ts';
import { UsageError } from '../errors.ts';

/** How far back a question may go, in days: the server itself drops older run data. */
const maxDays = 90;
/** The span of a question without a moment, in seconds. */
const usualSeconds = daySeconds;

const unitSeconds: Readonly<Record<string, number>> = { h: 3600, d: daySeconds };
const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true, local: true })]);

/** Unix seconds; a time without a zone is in UTC. */
function momentIn(text: string, now: number): number | undefined {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([hd])$/i.exec(text) ?? [];
  const seconds = unitSeconds[unit.toLowerCase()];
  if (seconds !== undefined) return now - Number(amount) * seconds;
  const iso = text.replace(/^(\S{10}) (?=\d)/, '$1T').toUpperCase();
  if (!moment.safeParse(iso).success) return undefined;
  const isZoned = /(?:Z|T[^T]*[+-]\d\d:?\d\d)$/.test(iso);
  return Date.parse(isZoned ? iso : `${iso.includes('T') ? iso : `${iso}T00:00:00`}Z`) / 1000;
}

/**
 * The start of the span that a question is about, in Unix seconds: the given moment, or a day ago; and notes on how it
 * was interpreted.
 * @throws UsageError for a text that is not a moment, or one in the future.
 */
export function sinceOf(given: string | undefined, now: number): { since: number; notes: string[] } {
  if (given === undefined) return { since: now - usualSeconds, notes: [] };
  const since = momentIn(given.trim(), now);
  if (since === undefined)
    throw new UsageError(
      'since takes a date (2026-05-13), a time (2026-05-13T13:19:00Z), or how long ago ("24h", "7d").',
    );
  if (since > now) throw new UsageError('since is in the future: it takes a moment that has passed.');
  const earliest = now - maxDays * daySeconds;
  if (since >= earliest) return { since, notes: [] };
  return { since: earliest, notes: [`since goes back ${maxDays} days at most; the last ${maxDays} days are shown`] };
}
