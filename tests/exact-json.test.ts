import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseToShow, parseToStore, rounded, roundedJson } from '../src/exact-json.ts';

const digits = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map(String);

test('integers keep their digits on the way through the mirror, wherever they stand', () => {
  fc.assert(
    fc.property(digits, digits, (one, other) => {
      for (const sent of [`{"a":${one},"b":[${other},{"c":${one}}]}`, `[ ${one} , ${other} ]`, `{"a": ${one}}`])
        expect(JSON.stringify(parseToStore(sent))).toBe(sent.replaceAll(' ', ''));
    }),
  );
  expect(parseToShow('{"id":12345678901234567890,"n":9007199254740991,"m":-9007199254740993}')).toEqual({
    id: '12345678901234567890',
    n: 9007199254740991,
    m: '-9007199254740993',
  });
});

test('all else is what JSON.parse makes of it', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const isLarge = /\d{16}/.test(text);
      if (!isLarge) expect(parseToStore(text)).toEqual(JSON.parse(text));
    }),
  );
  const text = '{"f":0.8500000000000001,"g":1e300,"s":"12345678901234567890","t":" :12345678901234567890"}';
  expect(parseToStore(text)).toEqual(JSON.parse(text));
  expect(parseToShow(text)).toEqual(JSON.parse(text));
  expect(() => parseToStore('{"a":12345678901234567890')).toThrow(SyntaxError);
});

test('what is nested deep is parsed all the same', () => {
  const deep = `${'['.repeat(50_000)}12345678901234567890${']'.repeat(50_000)}`;
  expect(Array.isArray(parseToStore(deep))).toBe(true);
});

test('where a number is asked for, it is the nearest', () => {
  expect(rounded(parseToStore(' 12345678901234567890'))).toBe(12345678901234567000);
  expect(rounded('x')).toBe('x');
  expect(roundedJson(parseToStore('{"a": 9223372036854775807}'))).toBe('{"a":9223372036854776000}');
});
