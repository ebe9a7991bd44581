/** Limits the size of an answer, whatever the mirror holds. It leaves out what does not fit, and adds a note. */

/** The largest answer in bytes: its text and its structured content, as they are sent. */
export const maxAnswerBytes = 200_000;

/** Bytes of a value as JSON, in UTF-8. */
export function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}

/** Our own objects have fewer keys; one with more comes from elsewhere. */
const maxKeys = 100;
/** How many fields a note names. */
const maxNamed = 3;

/** What was left out: items of each field, and lines of the text. */
export interface LeftOut {
  fields: Map<string, { kept: number; of: number }>;
  texts: number;
  lines: number;
}

export const nothingLeftOut = (): LeftOut => ({ fields: new Map(), texts: 0, lines: 0 });

const noteOn = (what: string) =>
  `the answer is longer than its limit (${maxAnswerBytes / 1000} kB); ${what}. Ask for fewer rows at a time`;

/** The note of an object that lacks what was left out; undefined: it lacks nothing. */
export function leftOutFieldsNote({ fields, texts }: LeftOut): string | undefined {
  const named = [...fields].sort(([, a], [, b]) => b.of - b.kept - (a.of - a.kept));
  const parts = [
    ...named.slice(0, maxNamed).map(([name, { kept, of }]) => `${kept} of ${of} ${name}`),
    ...(named.length > maxNamed ? [`parts of ${named.length - maxNamed} more fields`] : []),
    ...(texts > 0 ? [`the beginning of ${texts === 1 ? 'one long text' : `${texts} long texts`}`] : []),
  ];
  return parts.length === 0 ? undefined : noteOn(`it has ${parts.join(', ')}`);
}

/** The note of a text that lacks lines; undefined: it has them all. */
export function leftOutLinesNote({ lines }: LeftOut): string | undefined {
  return lines === 0 ? undefined : noteOn(`${lines} lines are left out`);
}

/** `value` in at most `room` bytes of JSON. Lists and long texts are cut at their end, and fields share the room. */
export function fitted(value: unknown, room: number, left: LeftOut, name = ''): unknown {
  if (bytesOf(value) <= room) return value;
  if (typeof value === 'string') {
    left.texts += 1;
    return cutToBytes(value, room);
  }
  if (Array.isArray(value)) return fittedItems(value, room, left, name);
  return typeof value === 'object' && value !== null ? fittedFields(value, room, left, name) : value;
}

/** The first items. An item that would take more than a quarter of the room is cut. */
function fittedItems(items: readonly unknown[], room: number, left: LeftOut, name: string): unknown[] {
  const kept: unknown[] = [];
  let free = room - 2;
  for (const item of items) {
    const shown = fitted(item, room / 4, left, name);
    free -= bytesOf(shown) + 1;
    if (free < 0) break;
    kept.push(shown);
  }
  if (kept.length < items.length) leaveOut(left, name, kept.length, items.length);
  return kept;
}

/** All fields, up to the limit for our own objects. The largest fields shrink first, all to the same size. */
export function fittedFields(object: object, room: number, left: LeftOut, name = ''): Record<string, unknown> {
  const all = Object.entries(object);
  const entries = all.slice(0, maxKeys);
  if (entries.length < all.length) leaveOut(left, name, entries.length, all.length);
  const sizes = entries.map(([, part]) => bytesOf(part));
  const names = entries.reduce((sum, [key]) => sum + bytesOf(key) + 2, 2);
  const share = fairShare(sizes, room - names);
  return Object.fromEntries(entries.map(([key, part]) => [key, fitted(part, share, left, key)]));
}

function leaveOut({ fields }: LeftOut, name: string, kept: number, of: number): void {
  const known = fields.get(name) ?? { kept: 0, of: 0 };
  fields.set(name, { kept: known.kept + kept, of: known.of + of });
}

/** The most bytes that each may take, so that together they take at most `room`. */
function fairShare(sizes: readonly number[], room: number): number {
  let free = room;
  let among = sizes.length;
  for (const size of sizes.toSorted((a, b) => a - b)) {
    if (size > free / among) break;
    free -= size;
    among -= 1;
  }
  return among === 0 ? Number.POSITIVE_INFINITY : free / among;
}

/** The start of a text, with an ellipsis, in at most `room` bytes of JSON. */
function cutToBytes(text: string, room: number): string {
  const kept: string[] = [];
  let free = room - bytesOf('…');
  for (const character of text) {
    free -= bytesOf(character) - 2;
    if (free < 0) break;
    kept.push(character);
  }
  return `${kept.join('')}…`;
}

/** The first lines that take at most `room` bytes of a JSON text. A block of code that they leave open is closed. */
export function fittedLines(lines: readonly string[], room: number, left: LeftOut): string[] {
  const kept: string[] = [];
  let free = room;
  let fence: string | undefined;
  for (const line of lines) {
    free -= bytesOf(line);
    if (free < 0) break;
    kept.push(line);
    if (fence === undefined) fence = /^ *`{3,}/.exec(line)?.[0];
    else if (line.trim() === fence.trim()) fence = undefined;
  }
  const missing = lines.length - kept.length;
  left.lines += missing;
  return fence === undefined || missing === 0 ? kept : [...kept, fence];
}
