import { cut, idText, maxLine, printable, printableLines, printableText } from '../printable.ts';

/** What comes from agents is data: it is cleaned and bounded on its way out, in whatever field it stands. */

/** Fields whose texts may have several lines. */
const multiline = new Set(['what', 'why_it_matters', 'description', 'code', 'markdown']);

/** Fields in which an id stands. */
const ids = new Set(['agent_id', 'run_id']);

const maxKey = 200;

function hasLongLine(text: string): boolean {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from);
    if ((end < 0 ? text.length : end) - from > maxLine) return true;
    if (end < 0) return false;
    from = end + 1;
  }
  return false;
}

/** Lines for people, each of bounded length. */
export function cleanLines(text: string): string {
  const lines = printableLines(text);
  if (!hasLongLine(lines)) return lines;
  return lines
    .split('\n')
    .map((line) => cut(line, maxLine))
    .join('\n');
}

function cleanText(key: string, text: string): string {
  if (ids.has(key)) return idText(text);
  return multiline.has(key) ? printableText(text) : printable(text);
}

const cleanKey = (key: string) => cut(printable(key), maxKey);

/** What was found clean: what is answered with often is remembered, and none is changed, nor stands under two keys. */
const known = new WeakSet<object>();

/** Keys that were found clean; most are the tools' own. Past so many it begins anew. */
const cleanKeys = new Set<string>();
const maxKeys = 1000;

function isCleanKey(key: string): boolean {
  if (cleanKeys.has(key)) return true;
  if (cleanKey(key) !== key) return false;
  if (cleanKeys.size >= maxKeys) cleanKeys.clear();
  cleanKeys.add(key);
  return true;
}

function isClean(key: string, value: unknown): boolean {
  if (typeof value === 'string') return cleanText(key, value) === value;
  if (typeof value !== 'object' || value === null || known.has(value)) return true;
  const isSo = Array.isArray(value)
    ? value.every((item) => isClean(key, item))
    : Object.entries(value).every(([name, inner]) => isCleanKey(name) && isClean(name, inner));
  if (isSo) known.add(value);
  return isSo;
}

function cleanValue(key: string, value: unknown): unknown {
  if (typeof value === 'string') return cleanText(key, value);
  if (Array.isArray(value)) return value.map((item) => cleanValue(key, item));
  return typeof value === 'object' && value !== null ? rebuilt(value) : value;
}

const rebuilt = (object: object) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [cleanKey(key), cleanValue(key, value)]));

/** The same for structured content: ids read as they do in the text. Most is clean as it is, and given back so. */
export function cleanObject(object: Record<string, unknown>): Record<string, unknown> {
  return isClean('', object) ? object : rebuilt(object);
}
