import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable, printableLines } from '../src/printable.ts';

/** Code units of all kinds that matter, alone and in any company. */
const odd = fc.constantFrom(
  '\u0000',
  '\u0007',
  '\t',
  '\n',
  '\r',
  '\r\n',
  '\u001b[31m',
  '\u001b]8;;x\u0007',
  '\u007f',
  '\u0085',
  '\u009b',
  '\u00ad',
  '\u061c',
  '\u200b',
  '\u200e',
  '\u2028',
  '\u2029',
  '\u202e',
  '\u2066',
  '\ufeff',
  '\u{e0001}',
  '\u{e007f}',
  '🔴',
  'é',
  '中',
  'a b',
);
const texts = fc.array(odd, { maxLength: 12 }).map((parts) => parts.join(''));
const mayNotStand = /[\p{Cc}\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u;

test('nothing that steers a terminal or hides is left, on lines of their own', () => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(printableLines(text).replaceAll(/[\n\t]/g, '')).not.toMatch(mayNotStand);
      expect(printable(text).replaceAll('\t', '')).not.toMatch(mayNotStand);
    }),
  );
});

test('what is printable comes back as it is, and is so at once', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const once = printableLines(text);
      expect(printableLines(once)).toBe(once);
      expect(printable(printable(text))).toBe(printable(text));
    }),
  );
  expect(printableLines('🔴 two\nlines, 中文 é\t.')).toBe('🔴 two\nlines, 中文 é\t.');
  expect(printable('two \n lines')).toBe('two lines');
});
