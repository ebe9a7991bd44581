import { isPlaceholder } from './placeholders.ts';
import { made, maxLine, maxText, oneLine, printableLines } from './printable.ts';

/**
 * Free text of others (titles, explanations, names, evidence), as answers show it: the words stay, and nothing in it acts.
 * Whoever shows an answer may render it as Markdown or HTML, which loads images; and a model may take a line for ours.
 * So images, links, tags, comments and fences go, marks at the start of a line become ones that no renderer knows, and a
 * line that begins as ours do is marked as quoted. A placeholder, such as `<number>`, is shown as `‹number›`. Ids, failure
 * types and versions are not prose: see `idText`.
 */

/** Most texts are so, and need no second look. */
const plain = /^(?!next|source)[a-z\d][\w .,;:'"()/?!%$@{}+=*#>~|-]*$/i;
const active = /:\/\/|www\.|(?:data|javascript|vbscript|mailto):|^\d+[.)]\s/i;

const namedCharacters = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
]);
const entity = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/gi;
const autolink = /<([a-z][a-z\d+.-]*:[^\s<>]*|[^\s<>@]+@[^\s<>@]+)>/gi;
/** What HTML takes for a tag, a comment, a declaration. */
const tag = /(\w?)<([a-z/!?][^<>]*)>/gi;
const link = /(!?)\[([^[\]]*)\]\(((?:[^()]|\([^()]*\))*)\)/g;
const destination = /[:/.#\\%<]/;
/** What is left of links, images, tags and entities, if only the beginning of one. A space makes each of it plain. */
const remains = /\](?=\\?[([])|!(?=\\?\[)|<(?=\\?[a-z/!?])|&(?=#?\w{1,31};)/gi;
const url =
  /(?:[a-z][a-z\d+.-]{0,30}:\/\/|(?<![a-z\d])(?:www\.|data:(?=[\w.+-]{1,60}\/)|(?:javascript|vbscript|mailto):))[^\s<>`"'()[\]{}|\\]+/gi;

/** Names of types, as in `list<int>`. */
const types =
  /^(?:[A-Z]\w*|u?int\d*|i\d+|f\d+|str|string|float|double|number|bool|boolean|bytes?|char|long|short|void|any|unknown|dict|list|set|tuple|vector)$/;

/** Spells out what is written as an entity: what follows looks at what a browser would show. */
const spelledOut = (text: string) =>
  text.replace(entity, (whole, decimal?: string, hex?: string, name = '') => {
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    if (Number.isNaN(code)) return namedCharacters.get(name.toLowerCase()) ?? whole;
    return code > 0x10ffff ? whole : String.fromCodePoint(code).toWellFormed();
  });

/** Whether `a<...>` is a type or two comparisons, and not a tag behind a word. */
function isNoTag(before: string, inner: string): boolean {
  if (before === '' || /[=/"'!?]/.test(inner)) return false;
  return /\s/.test(inner.replaceAll(', ', ',')) || inner.split(/[ ,.|[\]]+/).every((name) => types.test(name));
}

const withoutTags = (text: string) =>
  text.replace(tag, (whole, before: string, inner: string) => {
    if (isNoTag(before, inner)) return whole;
    return isPlaceholder(inner) ? `${before}‹${inner}›` : before;
  });

const withoutLinks = (text: string) =>
  text.replace(link, (whole, image: string, words: string, to: string) =>
    image === '' && !destination.test(to) ? whole : words,
  );

/** An address stays readable as code, which no renderer makes a link. A backslash before it would undo that. */
function asCode(address: string, at: number, text: string): string {
  let end = address.length;
  while ('.,;:!?*_~'.includes(address.charAt(end - 1))) end -= 1;
  return `${text[at - 1] === '\\' ? ' ' : ''}\`${address.slice(0, end)}\`${address.slice(end)}`;
}

/** A part of a line without code. What can hold another of its kind goes twice; of deeper ones the words remain. */
function plainPart(text: string): string {
  const bare = withoutTags(withoutTags(text.replace(autolink, '$1')));
  return withoutLinks(withoutLinks(bare)).replace(remains, '$& ').replace(url, asCode);
}

/** `code` stays, unless it would act where code is not known. Other backticks would open a block, or hide where code ends. */
function inertLine(line: string): string {
  if (!line.includes('`')) return plainPart(line);
  const parts = line.split(/(`+)/);
  let shown = '';
  let rest = '';
  const add = (part: string) => {
    shown += part.startsWith('`') && /[`\\]$/.test(shown) ? ` ${part}` : part;
  };
  for (let at = 0; at < parts.length; at += 2) {
    const code = parts[at + 2];
    rest += parts[at] ?? '';
    if (parts[at + 1] !== '`' || parts[at + 3] !== '`' || code === undefined || !isTame(code)) continue;
    add(plainPart(rest));
    add(`\`${code}\``);
    rest = '';
    at += 2;
  }
  add(plainPart(rest));
  return shown;
}

const isTame = (code: string) => code.trim() !== '' && code.search(remains) === -1;

const heading = /^\s*(?:#{1,6}(?:\s+|$)|~{3,}\s*)+/;
const quoteMark = /^\s*>[\s>]*/;
const bullet = /^(\s*)[-*+](?=\s|$)/;
const numbered = /^(\s*)(\d{1,9})[.)](?=\s|$)/;
const defined = /^\s*\[([^[\]]*)\] ?:/;
/** An underline that makes a heading of the line above, a rule, the line below a table's head. */
const ruled = /^[\s|:=_*+~-]+$/;

/** A line whose beginning is no structure. */
function flatLine(line: string): string {
  const flat = line
    .replace(heading, '')
    .replace(defined, '$1:')
    .replace(heading, '')
    .replace(quoteMark, '› ')
    .replace(bullet, '$1•')
    .replace(numbered, '$1($2)');
  return looksLikeOurs(flat) ? `› ${flat.trimStart()}` : flat;
}

const ours = /^(?:next|source)[^\p{L}\p{N}:]*[:\u2236\ua789]/iu;

/** Whether a line begins as those at the end of an answer do, whatever marks, spaces and letter forms it begins with. */
export function looksLikeOurs(line: string): boolean {
  if (line.startsWith('› ')) return false;
  const start = line.replace(/^[^\p{L}\p{N}]+/u, '').slice(0, 60);
  return ours.test(start) || ours.test(start.normalize('NFKC'));
}

function inertLines(text: string): string[] {
  const lines = printableLines(spelledOut(text.toWellFormed())).split('\n');
  const flat = lines.flatMap((line) => {
    if (line.trim() === '') return [line];
    const inert = inertLine(line);
    const shown = printableLines(flatLine(inert === line ? line : inert.trim()));
    return shown.trim() === '' || ruled.test(line) || ruled.test(shown) ? [] : [shown];
  });
  const isNothing = flat.every((line) => line.trim() === '');
  const first = lines.find((line) => line.trim() !== '' && ruled.test(line));
  // A text of nothing but marks is a value, such as the separator that a tool was called with.
  return isNothing && first !== undefined ? [`\`${first.trim()}\``] : flat;
}

/** A backtick that lost its partner to a cut would change places with those that follow. */
function paired(text: string): string {
  const last = text.lastIndexOf('`');
  return text.split('`').length % 2 === 1 ? text : text.slice(0, last) + text.slice(last + 1);
}

const isPlain = (text: string) => plain.test(text) && !active.test(text);

/** Lines that are joined may look like ours together. */
function oneInertLine(text: string): string {
  const line = oneLine(inertLines(text).join('\n'));
  return looksLikeOurs(line) ? `› ${line}` : line;
}

/** Free text on one line, at most `maxLine` characters. */
export function prose(text: string): string {
  if (text.length <= maxLine && isPlain(text)) return text;
  return paired(made(text, oneInertLine, maxLine));
}

/** The same for a text that may have several lines, at most `maxText` characters. */
export function proseLines(text: string): string {
  if (text.length <= maxLine && isPlain(text)) return text;
  return paired(made(text, (begun) => inertLines(begun).join('\n'), maxText));
}
