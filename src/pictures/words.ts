import { type Markup, markup } from './markup.ts';

/** `1234` -> `1,234`. */
export const grouped = (value: number): string => value.toLocaleString('en-US');

/** A whole number that a page may write as its reader's language does. */
export const count = (value: number): Markup => markup`<data value="${value}">${grouped(value)}</data>`;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `2026-05-03` -> `3 May`. */
export function shortDay(day: string): string {
  const [, month, date] = day.split('-').map(Number);
  return `${date} ${months[(month ?? 0) - 1] ?? ''}`;
}

/** The same as an element that a page may write as its reader's language does. */
export const dayTime = (day: string): Markup => markup`<time datetime="${day}">${shortDay(day)}</time>`;

/** `1 signal`, `2 signals`. */
export const many = (value: number, what: string) => `${grouped(value)} ${what}${value === 1 ? '' : 's'}`;

export const sum = (counts: readonly number[]) => counts.reduce((total, each) => total + each, 0);

/** How grave a severity looks. */
export function severityTone(severity: string): 'poor' | 'fair' | 'plain' {
  if (severity === 'CRITICAL' || severity === 'HIGH') return 'poor';
  return severity === 'MEDIUM' ? 'fair' : 'plain';
}
