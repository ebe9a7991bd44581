import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bytesOf,
  fittedFields,
  fittedLines,
  leftOutFieldsNote,
  leftOutLinesNote,
  nothingLeftOut,
} from '../../src/tools/bound.ts';

const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom('🔴'.repeat(900), '"'.repeat(3000)),
);
const values = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, texts, fc.integer(), fc.boolean(), tie('list'), tie('object')),
  list: fc.array(tie('value'), { maxLength: 30 }),
  object: fc.dictionary(fc.string({ maxLength: 5 }), tie('value'), { maxKeys: 8 }),
}));

test('an object takes the room that it is given, and keeps its fields', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('items', 'a', 'b', 'note'), values.value), (object) => {
      const left = nothingLeftOut();
      const shown = fittedFields(object, 2000, left);
      expect(Object.keys(shown)).toEqual(Object.keys(object));
      if (bytesOf(object) <= 2000) expect(shown).toEqual(object);
      expect(JSON.stringify(shown).isWellFormed()).toBe(true);
    }),
  );
});

test('of a long list the beginning is given, whole, and the note tells how much', () => {
  const left = nothingLeftOut();
  const items = Array.from({ length: 50_000 }, (_, id) => ({ id, title: 'x'.repeat(20) }));
  const { items: shown, title } = fittedFields({ title: 'y', items }, 20_000, left);
  expect(shown).toEqual(items.slice(0, Array.isArray(shown) ? shown.length : 0));
  expect(title).toBe('y');
  expect(bytesOf(shown)).toBeGreaterThan(15_000);
  expect(bytesOf(shown)).toBeLessThan(20_000);
  expect(leftOutFieldsNote(left)).toMatch(/; it has \d{3} of 50000 items\. Ask for fewer rows at a time$/);
});

test('one item that is too large leaves room for the others', () => {
  const left = nothingLeftOut();
  const items = [{ text: '🔴'.repeat(90_000) }, ...Array.from({ length: 50 }, (_, id) => ({ id }))];
  const { items: shown } = fittedFields({ items }, 20_000, left);
  expect(shown).toHaveLength(51);
  expect(bytesOf(shown)).toBeLessThan(20_000);
  expect(leftOutFieldsNote(left)).toContain('the beginning of one long text');
});

test('what lacks nothing has no note, whatever the other form lacks', () => {
  const left = { ...nothingLeftOut(), lines: 3 };
  expect([leftOutFieldsNote(left), leftOutLinesNote(nothingLeftOut())]).toEqual([undefined, undefined]);
});

test('lines end in time, and leave no block of code open', () => {
  const left = nothingLeftOut();
  const lines = ['a fix:', '     ````py', ...Array.from({ length: 1000 }, () => '     ```'), '     ````', 'the end'];
  const shown = fittedLines(lines, 300, left);
  expect(shown.at(-1)).toBe('     ````');
  expect(bytesOf(shown.join('\n'))).toBeLessThan(320);
  expect(left.lines).toBe(lines.length - shown.length + 1);
  expect(leftOutLinesNote(left)).toContain(`; ${left.lines} lines are left out. Ask for fewer`);
  expect(fittedLines(lines, 1e6, nothingLeftOut())).toEqual(lines);
});
