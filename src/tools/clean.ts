import { cut, idText, maxLine, printable, printableLines, printableText } from '../printable.ts';

/** Text from agents is data: it is cleaned and bounded on its way out, whatever field it is in. */

/** Fields whose texts may have several lines. */
const multiline = new Set(['what', 'why_it_matters', 'description', 'code', 'markdown']);

/** Fields that hold an id. */
const ids = new Set(['agent_id', 'run_id']);

const maxKey = 200;

/** Lines for people, each of bounded length. */
export function cleanLines(text: string): string {
  return printableLines(text)
    .split('\n')
    .map((line) => cut(line, maxLine))
    .join('\n');
}

function cleanText(key: string, text: string): string {
  if (ids.has(key)) return idText(text);
  return multiline.has(key) ? printableText(text) : printable(text);
}

function cleanValue(key: string, value: unknown): unknown {
  if (typeof value === 'string') return cleanText(key, value);
  if (Array.isArray(value)) return value.map((item) => cleanValue(key, item));
  return typeof value === 'object' && value !== null ? cleanObject(value) : value;
}

/** The same for structured content, where ids look as they do in the text. */
export function cleanObject(object: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [cut(printable(key), maxKey), cleanValue(key, value)]),
  );
}
