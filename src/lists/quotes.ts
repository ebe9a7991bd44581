import type { Hidden } from './content.ts';

/**
 * Finds the texts of a signal's evidence where its explanation quotes them: whole, cut short, or as Python or JSON write
 * them. Everything here is pure, and takes a time that grows with the lengths alone.
 */

interface Range {
  from: number;
  to: number;
  standIn: string;
}

/** A shorter text is a quote only between quotation marks: the word may be the explanation's own. */
const shortest = 4;
/** From this length on a text is a quote within a word, too. */
const certain = 8;
/** The beginning of a text is a quote from this length on; less where it stands between quotation marks. */
const cutShort = { open: 16, marked: 12 } as const;
/** Any other part of a text is a quote from about this length on, of a long text from a tenth of it on. */
const inner = 24;
const seed = 12;
/** Parts of a text that are looked for, at most: they lie farther apart in a longer one. */
const maxSeeds = 16;

/** Characters that are looked through for one text of the server's: far more than any of its templates needs. */
const maxWork = 100_000_000;
/** In place of a text that would take longer. */
const tooLong = '(too long to look for quotes of hashed texts in it)';

const isMark = (char: string | undefined) =>
  char !== undefined && '\'"`\u2018\u2019\u201c\u201d\u00ab\u00bb'.includes(char);
const isWord = (char: string | undefined) => char !== undefined && /[\p{L}\p{N}_]/u.test(char);
const special = /[^\x20-\x7e]|[\\'"]|\s{2}/;

const hex = (char: string, width: number) => char.charCodeAt(0).toString(16).padStart(width, '0');
/** What Python does not print as it is, but for the space. */
const unprinted = /[\p{C}\p{Z}]/gu;
const named = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** A text between quotation marks as Python shows it. */
function inPython(text: string): string {
  const shown = (char: string) => {
    if (char === ' ') return char;
    return named.get(char) ?? (char < '\u0100' ? `\\x${hex(char, 2)}` : `\\u${hex(char, 4)}`);
  };
  const escaped = text.replaceAll('\\', '\\\\').replaceAll(unprinted, shown);
  return text.includes("'") && text.includes('"') ? escaped.replaceAll("'", "\\'") : escaped;
}

const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
const inAscii = (text: string) => inJson(text).replaceAll(/[^\x20-\x7e]/g, (char) => `\\u${hex(char, 4)}`);
const onOneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

/** How a text may be written where it is quoted. */
function formsOf(text: string): Set<string> {
  if (!special.test(text)) return new Set([text]);
  const forms = [text, inPython(text), inJson(text), inAscii(text), onOneLine(text)];
  return new Set(forms.filter((form) => form !== ''));
}

function isQuote(text: string, { from, to }: Pick<Range, 'from' | 'to'>, form: string, offset: number): boolean {
  const length = to - from;
  const isMarked = isMark(text[from - 1]) && isMark(text[to]);
  if (offset > 0) return length >= inner;
  if (length < form.length) {
    const goesOn = text.startsWith('\u2026', to) || text.startsWith('...', to);
    return length >= cutShort.open || (isMarked && length >= cutShort.marked) || (goesOn && length >= shortest);
  }
  if (length >= certain || isMarked) return true;
  if (length < shortest) return false;
  const begins = !(isWord(text[from - 1]) && isWord(text[from]));
  return begins && !(isWord(text[to - 1]) && isWord(text[to]));
}

/** Where `text` quotes `form`, at each place of its part from `offset` on. */
function rangesAt(text: string, form: string, offset: number, part: string, standIn: string): Range[] {
  const ranges: Range[] = [];
  for (let at = text.indexOf(part); at !== -1; ) {
    let [from, to, start] = [at, at + part.length, offset];
    while (from > 0 && start > 0 && text[from - 1] === form[start - 1]) [from, start] = [from - 1, start - 1];
    while (to < text.length && start + to - from < form.length && text[to] === form[start + to - from]) to += 1;
    const isFound = isQuote(text, { from, to }, form, start);
    if (isFound) ranges.push({ from, to, standIn });
    at = text.indexOf(part, isFound ? to : at + 1);
  }
  return ranges;
}

/** A text in one of its forms, with the parts of it that are looked for: any quote of it holds one. */
interface Sought {
  form: string;
  standIn: string;
  parts: { offset: number; text: string }[];
}

function soughtOf(form: string, standIn: string): Sought {
  const offsets = [0];
  const step = Math.max(seed, Math.ceil(form.length / maxSeeds));
  for (let offset = step; offset + seed <= form.length; offset += step) offsets.push(offset);
  const parts = offsets.map((offset) => ({
    offset,
    text: form.slice(offset, offset + (offset === 0 ? shortest : seed)),
  }));
  return { form, standIn, parts };
}

/** The text with blanks in the place of some ranges. */
function withoutRanges(text: string, ranges: readonly Range[]): string {
  let [result, end] = ['', 0];
  for (const { from, to } of ranges) {
    const start = Math.max(from, end);
    if (start >= to) continue;
    result += text.slice(end, start) + '\u0000'.repeat(to - start);
    end = to;
  }
  return result + text.slice(end);
}

function rangesOf(text: string, { form, standIn, parts }: Sought): Range[] {
  const ranges: Range[] = [];
  let left = text;
  for (const { offset, text: part } of parts) {
    const found = rangesAt(left, form, offset, part, standIn);
    for (const one of found) ranges.push(one);
    // What is found already is not looked through again.
    left = withoutRanges(left, found);
  }
  return ranges;
}

/** The text with what stands in for the hidden texts in the place of their quotes. */
function replaced(text: string, sought: readonly Sought[]): string {
  const found = sought.flatMap((one) => rangesOf(text, one));
  if (found.length === 0) return text;
  // Of quotes that overlap the first and longest gives its name to all.
  found.sort((a, b) => a.from - b.from || b.to - a.to);
  let [result, end] = ['', 0];
  for (const { from, to, standIn } of found) {
    if (from >= end) result += text.slice(end, from) + standIn;
    end = Math.max(end, to);
  }
  return result + text.slice(end);
}

/**
 * Hides quotes in some texts of the server's: what stands in for a hidden text takes the place of its quotes.
 * @param texts all that the function is going to be called with: most hold no quote, and are looked through together.
 */
export function quoteHider(hidden: Hidden, texts: readonly string[]): (text: string) => string {
  if (hidden.size === 0) return (text) => text;
  const all = [...hidden].flatMap(([raw, standIn]) => [...formsOf(raw)].map((form) => soughtOf(form, standIn)));
  const whole = texts.join('\n');
  const parts = all.reduce((sum, one) => sum + one.parts.length, 0);
  if (parts * whole.length > maxWork) return () => tooLong;
  const sought = all.flatMap((one) => {
    const found = one.parts.filter((part) => whole.includes(part.text));
    return found.length === 0 ? [] : [{ ...one, parts: found }];
  });
  return sought.length === 0 ? (text) => text : (text) => replaced(text, sought);
}

/** The texts in a value, such as a list of fixes. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** A value with every text in it changed. */
export function withTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one) => withTexts(one, change));
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withTexts(one, change)]));
}
