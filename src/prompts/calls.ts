import { quoted } from '../printable.ts';

/** Longer than any id; longer values are cut. */
const maxLength = 500;

/** `text` cut to the maximum length, without half a surrogate pair at the cut. */
export function cut(text: string): string {
  return text.length <= maxLength ? text : text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '');
}

/** A tool call as a prompt names it: the tool, and its arguments as JSON. */
export function call(tool: string, args: Readonly<Record<string, string | number>>): string {
  return `${tool} ${quoted(args)}`;
}
