/** Longer than any id; the rest of a value is cut off. */
const maxLength = 500;

/** `text` without what is too long, or half a character at the cut. */
export function cut(text: string): string {
  return text.length <= maxLength ? text : text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '');
}

// What could steer a terminal, or pass for the end of a line.
const unsafe = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A value as JSON on one line: it cannot leave its quotes, and reads back as it was. */
export function quoted(value: unknown): string {
  return JSON.stringify(value).replace(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A tool call as a prompt names it: the tool, and its arguments as JSON. */
export function call(tool: string, args: Readonly<Record<string, string | number>>): string {
  return `${tool} ${quoted(args)}`;
}
