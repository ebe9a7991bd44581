import { expect, test } from 'vitest';
import { createDictionary } from '../../src/mirror/dictionary.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror, type TempMirror } from '../support/temp-mirror.ts';

/** Texts get their numbers at once, and are stored together at the end of a transaction. */

function openDictionary() {
  const temp = createTempMirror(createFakeClock(0));
  const dictionary = createDictionary(temp.mirror);
  const numbersOf = (bodies: readonly string[]) =>
    temp.mirror.write(() => {
      const numbers = bodies.map((body) => dictionary.rareTextOrNull(body));
      dictionary.store();
      return numbers;
    });
  return { temp, dictionary, numbersOf };
}

const stored = ({ mirror }: TempMirror) =>
  mirror.sqlite.prepare<[], [number, string]>('select id, body from texts order by id').raw().all();

const found = ({ mirror }: TempMirror, word: string) =>
  mirror.sqlite.prepare<[string], number>('select rowid from texts_fts where texts_fts match ?').pluck().all(word);

test('however many texts a transaction has, each is stored once, under its number, and found by its words', () => {
  const { temp, numbersOf } = openDictionary();
  const bodies = Array.from({ length: 1291 }, (_, place) => `text number${place}`);
  const numbers = numbersOf([...bodies, ...bodies.slice(0, 9)]);
  expect(stored(temp)).toEqual(bodies.map((body, place) => [numbers[place], body]));
  expect(numbers.slice(1291)).toEqual(numbers.slice(0, 9));
  for (const place of [0, 511, 512, 1290]) expect(found(temp, `number${place}`)).toEqual([numbers[place]]);
  expect(numbersOf([bodies[7] ?? '', 'another'])).toEqual([numbers[7], 1292]);
  temp.mirror.sqlite.exec("insert into texts_fts(texts_fts, rank) values ('integrity-check', 1)");
});

test('texts that SQLite stores alike are one', () => {
  const { temp, numbersOf } = openDictionary();
  const [one, other] = numbersOf(['a \ud800', 'a \udbff']);
  expect(one).toBe(other);
  expect(stored(temp)).toEqual([[one, 'a \ufffd']]);
});

test('a text of a transaction that was rolled back is stored by the next', () => {
  const { temp, dictionary, numbersOf } = openDictionary();
  const failing = () =>
    temp.mirror.write(() => {
      dictionary.textOrNull('kept in mind');
      throw new Error('rolled back');
    });
  expect(failing).toThrow('rolled back');
  dictionary.forget();
  expect(numbersOf(['new', 'kept in mind'])).toEqual([1, 2]);
  expect(stored(temp)).toEqual([
    [1, 'new'],
    [2, 'kept in mind'],
  ]);
});
