import { quoted } from '../printable.ts';

/** Longer than any id; the rest of a value is cut off. */
const maxLength = 500;

/** `text` without what is too long, or half a character at the cut. */
export function cut(text: string): string {
  return text.length <= maxLength ? text : text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '');
}

/** A tool call as a prompt names it: the tool, and its arguments as JSON. */
export function call(tool: string, args: Readonly<Record<string, string | number>>): string {
  return `${tool} ${quoted(args)}`;
}
