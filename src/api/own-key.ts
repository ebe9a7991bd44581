import { printableLines } from '../printable.ts';

/** Removes the key from everything the server sends: if the server repeats the key, we neither store nor show it. */
export interface OwnKey {
  /** The same text without the key, also if the key appears only once the text is cleaned. */
  outOfText(text: string): string;
  /** The same for all texts, and names, in a JSON value; returns the value itself if the key is nowhere in it. */
  outOfValue(value: unknown): unknown;
}

/** Replaces the key. An id with it names nothing, so its row is unreadable. */
export const keyMark = '[DUNETRACE_API_KEY]';
/** In data, a shorter key (`dt_dev_test`, `x`) is no secret, and may well be the name of something. */
const minLength = 12;
/** We refuse rows that are nested deeper, and do not show them. */
const maxDepth = 120;

export function createOwnKey(key: string): OwnKey {
  const encoded = encodeURIComponent(key);

  function outOfText(text: string): string {
    if (text.length < key.length) return text;
    const hidden = text.replaceAll(key, keyMark).replaceAll(encoded, keyMark);
    const cleaned = printableLines(hidden);
    return cleaned.includes(key) ? cleaned.replaceAll(key, keyMark) : hidden;
  }

  const holds = (value: unknown, levels: number): boolean => {
    if (typeof value === 'string') return value.length >= key.length && outOfText(value) !== value;
    if (typeof value !== 'object' || value === null || levels === 0 || JSON.isRawJSON(value)) return false;
    if (Array.isArray(value)) return value.some((item) => holds(item, levels - 1));
    return Object.entries(value).some(([name, part]) => holds(name, 0) || holds(part, levels - 1));
  };

  const rebuilt = (value: unknown, levels: number): unknown => {
    if (typeof value === 'string') return outOfText(value);
    if (typeof value !== 'object' || value === null || levels === 0 || JSON.isRawJSON(value)) return value;
    if (Array.isArray(value)) return value.map((item) => rebuilt(item, levels - 1));
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => [outOfText(name), rebuilt(part, levels - 1)]),
    );
  };

  return {
    outOfText,
    outOfValue: (value) => (key.length >= minLength && holds(value, maxDepth) ? rebuilt(value, maxDepth) : value),
  };
}
