import { describe, expect, test } from 'vitest';
import { explainFault, type Fault, faultOf } from '../../src/db/faults.ts';

/** As SQLite's and the system's errors come. A folder without locks can't be had here: what it says is all there is. */
const errorWith = (code: string, message = 'words of the system') => Object.assign(new Error(message), { code });

describe('what an error says of the file', () => {
  test.each<[Fault | undefined, string[]]>([
    ['damaged', ['SQLITE_CORRUPT', 'SQLITE_CORRUPT_INDEX', 'SQLITE_NOTADB']],
    [
      'unwritable',
      [
        'SQLITE_BUSY',
        'SQLITE_BUSY_SNAPSHOT',
        'SQLITE_FULL',
        'SQLITE_READONLY',
        'SQLITE_READONLY_DBMOVED',
        'SQLITE_IOERR_WRITE',
        'SQLITE_IOERR_FSYNC',
        'SQLITE_IOERR_SHMSIZE',
      ],
    ],
    [
      'unusable',
      [
        'SQLITE_IOERR_LOCK',
        'SQLITE_IOERR_RDLOCK',
        'SQLITE_IOERR_SHMMAP',
        'SQLITE_IOERR_SHMLOCK',
        'SQLITE_PROTOCOL',
        'SQLITE_CANTOPEN',
        'SQLITE_IOERR',
        'SQLITE_IOERR_READ',
        'SQLITE_NOLFS',
      ],
    ],
    [undefined, ['SQLITE_ERROR', 'SQLITE_CONSTRAINT_UNIQUE', 'ECONNREFUSED']],
  ])('%s', (fault, codes) => {
    expect(codes.map((code) => [code, faultOf(errorWith(code))])).toEqual(codes.map((code) => [code, fault]));
    expect(codes.map((code) => faultOf(new Error('wrapped', { cause: errorWith(code) })))).toEqual(
      codes.map(() => fault),
    );
  });

  test('an error without a code, and what is no error', () => {
    expect([faultOf(new TypeError('x is not a function')), faultOf('SQLITE_FULL')]).toEqual([undefined, undefined]);
  });
});

test.each([
  ['SQLITE_FULL', /^The disk of the mirror file \/m\.db is full \(words.*Free some space.*DUNETRACE_DB/],
  ['ENOSPC', /disk .* is full/],
  ['SQLITE_READONLY', /can't be written .*writable for your user/],
  ['EROFS', /can't be written .*writable for your user/],
  ['SQLITE_IOERR_WRITE', /can't be written .*Make room for it/],
  ['SQLITE_PROTOCOL', /does not lock files, as some network folders don't \(SQLITE_PROTOCOL\).*local disk/],
  ['SQLITE_IOERR_LOCK', /does not lock files/],
  ['SQLITE_CORRUPT', /is damaged \(words/],
  ['EACCES', /can't be used \(words.*permissions and free space.*DUNETRACE_DB/],
])('%s is told with its cause and the way on', (code, says) => {
  const explained = explainFault(errorWith(code), '/m.db');
  expect(explained.message).toMatch(says);
  expect(explainFault(explained, '/other.db')).toBe(explained);
});
