import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatUri, parseUri, UnknownResourceError } from '../../src/resources/uris.ts';

test('every id survives its URI', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'binary' }), fc.constantFrom('agents', 'runs'), (id, of) => {
      const uri = formatUri({ of, id });
      expect(uri).toMatch(/^dunetrace:\/\/(agents|runs)\/[!-~]+$/);
      expect(parseUri(uri)).toEqual({ of, id });
    }),
  );
  expect(formatUri({ of: 'agents', id: 'a/b 100% №7' })).toBe('dunetrace://agents/a%2Fb%20100%25%20%E2%84%967');
  expect(parseUri('dunetrace://signals/42')).toEqual({ of: 'signals', id: 42 });
  expect(parseUri('dunetrace://docs/policies')).toEqual({ of: 'docs', name: 'policies' });
  expect(formatUri({ of: 'agents', id: '\ud800' })).toBe('dunetrace://agents/%EF%BF%BD');
});

describe('is refused, with the valid forms', () => {
  test.each([
    '',
    'dunetrace://agents/',
    'dunetrace://agents/a/b',
    'dunetrace://agents/a?b',
    'dunetrace://agents/%E0%A4%A',
    'dunetrace://fleet/x',
    'dunetrace://signals/042',
    'dunetrace://signals/0',
    'dunetrace://signals/-1',
    'dunetrace://signals/9999999999999999',
    'DUNETRACE://agents/a',
    `dunetrace://agents/${'x'.repeat(20_000)}`,
  ])('%s', (uri) => {
    expect(() => parseUri(uri)).toThrow(UnknownResourceError);
    expect(() => parseUri(uri)).toThrow(/^.{1,500}dunetrace:\/\/signals\/<number>.{1,100}$/);
  });
});
