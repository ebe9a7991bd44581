import MarkdownIt, { type Env } from 'markdown-it';
import { expect } from 'vitest';
import { z } from 'zod';
import { isExact } from '../../src/exact-fields.ts';

/** Whether what leaves can do no more than be read: shown by a terminal, by a renderer of Markdown or HTML, or to a model. */

const markdown = new MarkdownIt({ html: true, linkify: true });
// A bare name of a host is text of ours, too (`api.example:443`); an address with its scheme is a link.
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false });

type Token = ReturnType<typeof markdown.parse>[number];

const flat = (tokens: readonly Token[]): Token[] => tokens.flatMap((token) => [token, ...flat(token.children ?? [])]);

/** What no text of others may become. */
const acting = ['image', 'link_open', 'html_inline', 'html_block', 'heading_open', 'table_open', 'hr'];
/** What our own lines make: numbered fixes, quoted explanations, code. */
const ourForms = ['ordered_list_open', 'bullet_list_open', 'blockquote_open', 'fence'];

const rawMarkup = /<[a-z/!?]|!\[|\]\(/i;
/** Invisible, or for a terminal. A joiner alone is part of an emoji or of a script. */
const hidden = /(?![\n\t])\p{Cc}|(?![\u200c\u200d](?!\p{DI}))\p{DI}|[\ufff9-\ufffb\u2028\u2029]/u;

function troublesOf(text: string, forbidden: readonly string[], ownAddress: string): string[] {
  const isOurs = (token: Token) => {
    const href = String(token.attrGet('href') ?? '');
    return token.type === 'link_open' && (href.startsWith(ownAddress) || href.startsWith('http://localhost:'));
  };
  const read: Env = {};
  const found = flat(markdown.parse(text, read)).filter(
    (token) =>
      (forbidden.includes(token.type) && !isOurs(token)) ||
      (['text', 'code_block'].includes(token.type) && rawMarkup.test(token.content)),
  );
  const defined = Object.keys(read.references ?? {}).map((name) => `reference ${name}`);
  return [...defined, ...found.map(({ type, content }) => `${type} ${JSON.stringify(content.slice(0, 100))}`)];
}

const letters = (line: string) => line.normalize('NFKC').replace(/^[^\p{L}\p{N}]+/u, '');
/** Whether a line looks like one of ours; behind a mark of ours, an id stands as code, and a text is marked as quoted. */
const startsAs = (line: string, word: string) =>
  !/^\s*(?:> |🔴 |│ )?[›`]/u.test(line) && new RegExp(`^${word}\\P{L}?\\s*:`, 'iu').test(letters(line));

/** Lines of a block of code, which is shown whole but for lines that look like ours. */
const withoutCode = (text: string) => text.replaceAll(/^ {2}(`{3,})[\w+#.-]*\n[\s\S]*?\n {2}\1$/gm, '');

/** What our own sentences leave open. */
const ourPlaces = /<(?:name|agent id|run id|number|id|run_id)>/g;

/** `text` as a whole, and each line for itself, as who shows one may trim it. `ends`: it has the last lines of an answer. */
export function expectInertText(shown: string, about: string, { url = 'http://127.0.0.1:', ends = false } = {}): void {
  const text = shown.replaceAll(ourPlaces, 'x');
  expect(text.isWellFormed(), about).toBe(true);
  expect(text, about).not.toMatch(hidden);
  expect(troublesOf(text, acting, url), `${about}\n${text}`).toEqual([]);
  for (const line of withoutCode(text).split('\n')) expect(troublesOf(line.trim(), acting, url), about).toEqual([]);
  const lines = withoutCode(text).split('\n');
  for (const [word, count] of [
    ['Source', ends ? [1] : [0]],
    ['Next', ends ? [0, 1] : [0]],
  ] as const) {
    const said = `${about}\n${text}`;
    const exact = text.split('\n').filter((line) => line.trimStart().startsWith(`${word}:`));
    expect(
      lines.filter((line) => startsAs(line, word.toLowerCase())),
      said,
    ).toEqual(exact);
    expect(count, said).toContain(exact.length);
  }
}

/** Objects whose names and values others chose. */
const foreign = ['evidence', 'payload', 'condition', 'conditions', 'action', 'config', 'tool_args', 'langfuse_version'];
const ownWords = ['note', 'notes', 'reasons', 'message', 'error', 'file', 'api_url', 'uri'];
const counts = z.record(z.string(), z.number());
const calls = z.array(z.object({ tool: z.string(), arguments: z.record(z.string(), z.unknown()) }));

/**
 * Every text of structured content: an id, type or version is one `of` those that were sent, code is whole, all else is
 * inert. `exact`: further fields that hold such.
 */
export function expectInertObject(
  object: unknown,
  about: string,
  { of, exact = [] }: { of: ReadonlySet<string>; exact?: readonly string[] },
): void {
  const look = (key: string, value: unknown, path: string): void => {
    if (Array.isArray(value)) for (const item of value) look(key, item, path);
    else if (typeof value === 'object' && value !== null) {
      for (const [name, part] of Object.entries(value)) {
        if (!of.has(name)) expectValue(name, path);
        look(foreign.includes(key) ? key : name, part, `${path}.${name}`);
      }
    } else if (typeof value === 'string' && key !== 'code' && key !== 'markdown') {
      if (key === 'rows' && (of.has(value) || isOfTypes(value, of))) return;
      if (isExact(key) || exact.includes(key)) expect(of.has(value), `${path}: ${JSON.stringify(value)}`).toBe(true);
      else if (ownWords.includes(key)) expectInertText(value, path);
      else expectValue(value, path);
    }
  };
  const { next, ...rest } = z.looseObject({ next: calls.optional() }).parse(object);
  look('', rest, about);
  for (const call of next ?? [])
    for (const [name, value] of Object.entries(call.arguments))
      if (isExact(name)) expect(of.has(String(value)), `${about}: ${JSON.stringify(call)}`).toBe(true);
}

/** Whether a cell counts failure types, as `{"TOOL_LOOP":2}`. */
const isOfTypes = (cell: string, of: ReadonlySet<string>) =>
  /^\{"[^{}]*":\d+\}$/.test(cell) && Object.keys(counts.parse(JSON.parse(cell))).every((type) => of.has(type));

/** A value stands alone: nothing of ours explains a list or a block in it. */
function expectValue(value: string, about: string): void {
  expectInertText(value, about);
  expect(troublesOf(value, ourForms, ''), `${about}\n${value}`).toEqual([]);
}
