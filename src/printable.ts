/**
 * Cleans texts from outside before we show them: they are data, and must not steer a terminal, hide anything, or take
 * long to read.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant
const escapeSequence = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufff9-\ufffb]/g;
/**
 * Characters that are invisible and can hide text: all that Unicode lets a program ignore (direction marks, zero-width
 * characters, variation selectors, fillers, tags). Annotations are removed first, so that they do not separate joiners.
 * A single joiner stays: emoji and scripts need it.
 */
const hidden = /(?![\u200c\u200d](?!\p{DI}))\p{DI}/gu;
/** Everything that some program takes for the end of a line. */
const lineEnd = /\r\n?|[\u0085\u2028\u2029]/g;

/** Most texts have nothing but these characters, or at least none of those above, and need no second look. */
const plain = /^[\t\n -~]*$/;
const suspect = /(?![\t\n])[\p{Cc}\p{DI}\ufff9-\ufffb\u2028\u2029]/u;

/** The most characters of a line, and of a text with several lines; a longer one ends with an ellipsis. */
export const maxLine = 4000;
export const maxText = 12_000;

/** The beginning of a long text, at most `max` characters. */
export function cut(text: string, max: number): string {
  // A text has at most as many characters as code units, which need no counting, and at least half as many.
  if (text.length <= max) return text;
  const characters = [...text.slice(0, 2 * max + 2)];
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join('')}…`;
}

/**
 * `text` without terminal escapes, control and hidden characters, and halves of characters; line breaks and tabs stay.
 */
export function printableLines(text: string): string {
  if (plain.test(text)) return text;
  const whole = text.toWellFormed();
  if (!suspect.test(whole)) return whole;
  return whole.replace(lineEnd, '\n').replace(escapeSequence, '').replace(control, '').replace(hidden, '');
}

/** The same for a text that may have several lines, with only the beginning of a long one. */
export function printableText(text: string): string {
  return made(text, printableLines, maxText);
}

/** The same on one line. */
export function printable(text: string): string {
  return made(text, (begun) => oneLine(printableLines(begun)), maxLine);
}

/** The result of `make` for a text, at most `max` characters: `make` gets no more of a long text than that may take. */
export function made(text: string, make: (begun: string) => string, max: number): string {
  const most = 4 * max;
  if (text.length <= most) return cut(make(text), max);
  const isSplit = text.codePointAt(most - 1) !== text.charCodeAt(most - 1);
  return cut(`${make(text.slice(0, isSplit ? most - 1 : most))}…`, max);
}

/** Joins lines into one, with a space for each break and the blanks around it. */
export function oneLine(text: string): string {
  if (!text.includes('\n')) return text;
  const lines = text.split('\n');
  const last = lines.length - 1;
  return lines
    .map((line, place) => (place === 0 ? line.trimEnd() : place === last ? line.trimStart() : line.trim()))
    .filter((line, place) => line !== '' || place === 0 || place === last)
    .join(' ');
}

/** Most ids look like this: they hide nothing, and no renderer takes a part of them for markup. */
const plainId = /^[\w/@][\w.:/@+-]*$/;
/** What is invisible in an id, or looks like a space, and a backslash that would look like an escape. */
const unseen = /[\p{Cc}\p{DI}\ufff9-\ufffb\u2028\u2029]|(?! )\s|^ | $|\\(?=u[\da-f]{4})/gu;
/** What a renderer of Markdown or HTML may take for more than the characters that it is, or a reader for a line of ours. */
const markup =
  /`|<[a-z/!?]|\][([:]|!\[|\*[^*]*\*|^_.*_$|~~|&#?\w+;|:\/\/|^www\.|^>|^(?:#+|[-+=]+|\d{1,9}[.)])(?:\s|$)|^\P{L}*(?:next|source)\P{L}*:/iu;

const escaped = (character: string) =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

/**
 * An id, failure type or version as the text of an answer shows it: byte for byte, but for invisible characters, which
 * become escapes, so that different ids look different and none steers a terminal or breaks a line. One that would be
 * rendered as something else is shown as code. `idOf` reads both back, as models pass on what they have read; structured
 * content has the id itself.
 */
export function idText(id: string): string {
  if (id.length <= maxLine && plainId.test(id) && !markup.test(id)) return id;
  const shown = made(id, (begun) => begun.toWellFormed().replace(unseen, escaped), maxLine);
  return markup.test(shown) ? asCode(shown) : shown;
}

/** Code between more backticks than any of its own; spaces part these from those, and do not count. */
function asCode(text: string): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? fence + text + fence : `${fence} ${text} ${fence}`;
}

/** The id that `idText` shows as `shown`. */
export function idOf(shown: string): string {
  return withoutCode(shown).replace(/\\u([\da-f]{4})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

function withoutCode(shown: string): string {
  const fence = /^`+/.exec(shown)?.[0].length ?? 0;
  if (fence === 0 || shown.length <= 2 * fence || !shown.endsWith('`'.repeat(fence))) return shown;
  const code = shown.slice(fence, -fence);
  return fence === 1 ? code : code.slice(1, -1);
}

/** What an id holds that can't be seen in it, as `U+200B`; each once. */
export function hiddenIn(id: string): string[] {
  if (plainId.test(id)) return [];
  const found = [...id.matchAll(unseen)].map(([character]) => character).filter((character) => character !== '\\');
  return [...new Set(found)].map(
    (character) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}

const unseenInJson = /[\p{Cc}\p{DI}\ufff9-\ufffb\u2028\u2029]/gu;
/** What a renderer may take for markup, where it can only stand in a string. */
const markupInJson = /[<`&]|(?<=\])[([]|(?<=!)\[|(?<=:)\/(?=\/)/g;

/** A value as JSON that hides nothing, and parses back to the same value. */
export function json(value: unknown): string {
  return JSON.stringify(value).replace(unseenInJson, escaped);
}

/** The same for a line of text: it can't leave its quotes, and nothing in it is rendered as something else. */
export function quoted(value: unknown): string {
  return json(value).replace(markupInJson, escaped);
}
