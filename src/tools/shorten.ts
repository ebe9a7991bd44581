import { cut } from '../text/brief.ts';

const wholeLength = 4000;
const maxItems = 20;
const maxString = 500;

function shortened(value: unknown): unknown {
  if (typeof value === 'string') return cut(value, maxString);
  if (Array.isArray(value)) {
    const rest = value.length > maxItems ? [`…+${value.length - maxItems} more`] : [];
    return [...value.slice(0, maxItems).map(shortened), ...rest];
  }
  if (typeof value !== 'object' || value === null) return value;
  return shortenObject(value);
}

const shortenObject = (value: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shortened(part)]));

/** Evidence or a payload as an answer carries it: whole, unless it is long; then of long lists and texts the beginning. */
export function shorten(value: Record<string, unknown>): Record<string, unknown> {
  return JSON.stringify(value).length <= wholeLength ? value : shortenObject(value);
}
