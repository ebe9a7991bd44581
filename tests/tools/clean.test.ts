import { expect, test } from 'vitest';
import { cleanObject, hiddenNotes } from '../../src/tools/clean.ts';

const cleaned = (evidence: object) => cleanObject({ evidence }).evidence;

test('names that are shown alike, or of which nothing is left, keep the values of all', () => {
  expect(cleaned({ '<a>': 1, '<b>': 2, '\u200b': 3 })).toEqual({ '(1)': 1, '(2)': 2, '(3)': 3 });
  expect(cleaned({ '<b>x': 1, x: 2, '<i>x': 3, 'x (2)': 4 })).toEqual({ 'x (3)': 1, x: 2, 'x (4)': 3, 'x (2)': 4 });
  expect(cleaned({ '': 1, '<b>': 2, __proto__x: 3, ['__proto__']: 4 })).toEqual(
    Object.fromEntries([
      ['', 1],
      ['(1)', 2],
      ['__proto__x', 3],
      ['__proto__', 4],
    ]),
  );
});

test('failure types that begin alike stay as many as they are', () => {
  const long = 'T'.repeat(300);
  const { failure_types: counts } = cleanObject({ failure_types: { [`${long}a`]: 1, [`${long}b`]: 2 } });
  const shown = `${'T'.repeat(199)}…`;
  expect(counts).toEqual({ [shown]: 1, [`${shown} (2)`]: 2 });
});

test('many names that are shown alike come to an end', () => {
  // To try each name of all before it would take minutes.
  const names = Array.from({ length: 100_000 }, (_, n) => `<b ${n}>x`);
  expect(Object.keys(Object(cleaned(Object.fromEntries(names.map((name) => [name, 1])))))).toHaveLength(100_000);
});

test('a note names the types that hide something, also where they are names of fields', () => {
  const notes = ['failure_type A\\u200b holds U+200B'];
  expect(hiddenNotes({ items: [{ failure_types: { 'A\u200b': 1, B: 2 } }] })).toEqual(notes);
  expect(hiddenNotes({ evidence: { failure_types: { 'A\u200b': 1 } } })).toEqual([]);
});
