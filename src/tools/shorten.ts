import { cut } from '../printable.ts';

const maxDepth = 12;

export interface Bounds {
  items: number;
  keys: number;
  string: number;
}

const ample: Bounds = {
  items: Number.POSITIVE_INFINITY,
  keys: Number.POSITIVE_INFINITY,
  string: Number.POSITIVE_INFINITY,
};
/** Evidence is the main content of a signal's answer. */
export const evidenceBounds = { whole: 4000, items: 20, keys: 50, string: 500 };
/** An answer may contain forty payloads. */
export const payloadBounds = { whole: 500, items: 5, keys: 20, string: 80 };

function bounded(value: unknown, bounds: Bounds, depth: number): unknown {
  if (typeof value === 'string') return cut(value, bounds.string);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= maxDepth) return '…';
  if (!Array.isArray(value)) return boundedObject(value, bounds, depth);
  const rest = value.length > bounds.items ? [`…+${value.length - bounds.items} more`] : [];
  return [...value.slice(0, bounds.items).map((item) => bounded(item, bounds, depth + 1)), ...rest];
}

function boundedObject(value: object, bounds: Bounds, depth: number): Record<string, unknown> {
  const entries = Object.entries(value);
  const kept = entries.slice(0, bounds.keys).map(([name, part]) => [name, bounded(part, bounds, depth + 1)]);
  const rest = entries.length > bounds.keys ? [['…', `+${entries.length - bounds.keys} more`]] : [];
  return Object.fromEntries([...kept, ...rest]);
}

/**
 * Evidence or a payload for an answer: whole, except what is nested deeper than 12 levels. If it has more than
 * `bounds.whole` characters, long lists, texts and objects in it are cut at their end.
 */
export function shorten(value: Record<string, unknown>, bounds: Bounds & { whole: number }): Record<string, unknown> {
  const whole = boundedObject(value, ample, 0);
  return JSON.stringify(whole).length <= bounds.whole ? whole : boundedObject(whole, bounds, 0);
}
