import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  cut,
  idOf,
  idText,
  maxLine,
  maxText,
  printable,
  printableLines,
  printableText,
  quoted,
} from '../src/printable.ts';

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
  '\u{e0100}',
  '\u034f',
  '\u115f',
  '\u180e',
  '\u200c',
  '\u200d',
  '\u3164',
  '\ufe0f',
  '\ufffa',
  '\ud83d',
  '\udb40',
  '\udc41',
  '  ',
  '\\u200b',
  '🔴',
  'é',
  '中',
  'a b',
);
const texts = fc.array(odd, { maxLength: 12 }).map((parts) => parts.join(''));
const mayNotStand =
  /\p{Cc}|\u034f|[\u180b-\u180f]|[\ufe00-\ufe0f]|[\u00ad\u061c\u115f\u1160\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]|[\u200c\u200d]{2}/u;

test('nothing that steers a terminal or hides is left, on lines of their own', () => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(printableLines(text).replaceAll(/[\n\t]/g, ' ')).not.toMatch(mayNotStand);
      expect(printable(text).replaceAll('\t', ' ')).not.toMatch(mayNotStand);
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

test('no half of a character leaves, alone or joined to another half', () => {
  fc.assert(
    fc.property(texts, (text) => {
      for (const shown of [printable(text), printableText(text), idText(text), quoted(text)])
        expect(shown.isWellFormed()).toBe(true);
      expect(cut(text.toWellFormed(), 3).isWellFormed()).toBe(true);
    }),
  );
  expect(printable('\ud83d\u200b\udd34')).toBe('\ufffd\ufffd');
});

test('lines are joined as by an expression that would take long', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(' ', '\t', '\n', '\u00a0', 'a', '.'), { maxLength: 20 }), (parts) => {
      const text = parts.join('');
      expect(printable(text)).toBe(text.replace(/\s*\n\s*/g, ' '));
    }),
  );
});

test('a long text gives its beginning, and its end takes no time', () => {
  for (const filling of ['x', '🔴', '\n', ' ', '\u200b', '\u001b[', '\r\n ', '\ud83d']) {
    const text = `a${filling.repeat(500_000)}b`;
    expect([...printable(text)].length).toBeLessThanOrEqual(maxLine);
    expect(printable(text).endsWith('…')).toBe(true);
    expect([...printableText(text)].length).toBeLessThanOrEqual(maxText);
    expect([...idText(text)].length).toBeLessThanOrEqual(maxLine);
  }
});

test('ids that differ read differently, and are known again as they read', () => {
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      fc.pre(one.isWellFormed() && other.isWellFormed());
      expect(idText(one)).not.toMatch(/[\p{Cc}\p{DI}\ufff9-\ufffb\u2028\u2029\u00a0]|^ | $/u);
      expect(idText(one) === idText(other)).toBe(one === other);
      expect(idOf(idText(one))).toBe(one);
    }),
  );
  expect(idText('billing agent №7')).toBe('billing agent №7');
  expect(idText('research\u200b-agent ')).toBe('research\\u200b-agent\\u0020');
});

test('what is taken out between two joiners brings no two together', () => {
  expect(printableLines('a\u200d\ufff9\u200db')).not.toContain('\u200d\u200d');
  expect(printableLines('a\u200d\u0007\u200db')).not.toContain('\u200d\u200d');
  expect(printableLines('a\u200d\u200b\u200db')).not.toContain('\u200d\u200d');
});
