import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoteHider } from '../../src/lists/quotes.ts';

const without = (text: string, ...raw: string[]) =>
  quoteHider(new Map(raw.map((one, n) => [one, `<${n}>`])), [text])(text);
const long = 'send the refund of order 42 to ann@example.org before noon, and tell nobody about it';

test.each([
  ['whole', `It said ${long}!`, 'It said <0>!'],
  ['cut short, with dots', `It said ${long.slice(0, 9)}…`, 'It said <0>…'],
  ['cut short, with three dots', `It said "${long.slice(0, 30)}..."`, 'It said "<0>..."'],
  ['cut short, without', `It said ${long.slice(0, 20)} and more`, 'It said <0>and more'],
  ['cut short between quotation marks', `It said '${long.slice(0, 12)}'`, "It said '<0>'"],
  ['a part from within', `… ${long.slice(20, 60)} …`, /^… <0> …$/],
  ['twice', `${long}/${long}`, '<0>/<0>'],
  ['not at all', 'The agent sends the refunds of orders', 'The agent sends the refunds of orders'],
])('a quote: %s', (_, text, expected) => {
  const found = without(text, long);
  if (typeof expected === 'string') expect(found.replace(/<0> and/, '<0>and')).toBe(expected);
  else expect(found).toMatch(expected);
});

test.each([
  ["{'tool_error': 'boom'}", 'boom', "{'tool_error': '<0>'}"],
  ['It went boom.', 'boom', 'It went <0>.'],
  ['A boomerang', 'boom', 'A boomerang'],
  ["{'to': 'x'}, so x is", 'x', "{'to': '<0>'}, so x is"],
  ['the ok', 'ok', 'the ok'],
])('a short text is quoted as a word, or between quotation marks: %s', (text, raw, expected) => {
  expect(without(text, raw)).toBe(expected);
});

test('as Python and JSON write it', () => {
  const raw = 'a "b"\tc\\d\u00a0e\u200b é\u0007';
  const python = `'a "b"\\tc\\\\d\\xa0e\\u200b é\\x07'`;
  expect(without(python, raw)).toBe("'<0>'");
  expect(without(JSON.stringify(raw), raw)).toBe('"<0>"');
  const ascii = JSON.stringify(raw).replaceAll(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  expect(without(ascii, raw)).toBe('"<0>"');
  expect(without('it said: one two three', 'one  two\n three')).toBe('it said: <0>');
});

test('quotes that overlap are hidden whole', () => {
  expect(without('xx abcdefghijkl yy', 'abcdefgh', 'efghijkl')).toBe('xx <0> yy');
  expect(without('to=ann@example.org', 'ann@example.org', 'to=ann@example.org')).toBe('<1>');
});

test('whatever a text and its surroundings are, it is not there any more', () => {
  const text = fc.string({ minLength: 8, maxLength: 60 });
  fc.assert(
    fc.property(fc.string(), text, fc.string(), (before, raw, after) => {
      expect(without(`${before} ${raw} ${after}`, raw)).not.toContain(raw);
    }),
  );
});

test('a long text is looked through as far as that takes no long time, else it goes', () => {
  const raw = 'ab'.repeat(50_000);
  expect(without(raw, raw)).toBe('<0>');
  expect(without(`${'ab'.repeat(50)}x`.repeat(1000), raw)).not.toContain('abab');
  expect(without("'wombat' ".repeat(300_000), 'wombat')).toBe("'<0>' ".repeat(300_000));
  const many = Array.from({ length: 10_000 }, (_, n) => `text number ${n}`);
  expect(without('x'.repeat(100_000), ...many)).toMatch(/^\(too long/);
});
