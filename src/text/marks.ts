import type { Interval } from '../intervals.ts';
import { idText } from '../printable.ts';

// The marks and thresholds of the Python server, which its users know: a colour is a verdict.

const severityMarks: Readonly<Record<string, string>> = { CRITICAL: '🔴', HIGH: '🟠', MEDIUM: '🟡', LOW: '🟢' };

/** The mark before a signal's line, by severity; white for one that nobody knows. */
export function severityMark(severity: string): string {
  return (Object.hasOwn(severityMarks, severity) ? severityMarks[severity] : undefined) ?? '⚪';
}

/** The mark before a health score (0 to 100; null: there is none). */
export function healthMark(score: number | null): string {
  if (score === null) return '❓';
  if (score < 60) return '🔴';
  return score < 80 ? '🟡' : '✅';
}

export function percent(fraction: number): string {
  return `${Math.round(fraction * 100)}%`;
}

/** The same, but a fraction below `limit` does not look as if it had reached it: `9.9%`, not `10%`. */
export function percentBelow(fraction: number, limit: number): string {
  const rounded = percent(fraction);
  return fraction < limit && rounded === percent(limit) ? `${Math.floor(fraction * 1000) / 10}%` : rounded;
}

/** `95 %: 14% to 69%`, which stands beside a rate. */
export const intervalText = ({ low, high }: Interval): string => `95 %: ${percent(low)} to ${percent(high)}`;

/** ` vabcd1234` after an agent's name. Most versions already start with a v. */
export function version(name: string | null): string {
  if (name === null) return '';
  const shown = idText(name);
  return shown.startsWith('`') ? ` ${shown}` : ` v${shown.replace(/^v(?=\d)/, '')}`;
}

/** A bar of `size` characters for a fraction of 0 to 1. */
export function bar(fraction: number, size = 20): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * size);
  return '█'.repeat(full) + '░'.repeat(size - full);
}
