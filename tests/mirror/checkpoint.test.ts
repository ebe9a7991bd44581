import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror } from '../support/temp-mirror.ts';

/** A mirror whose write-ahead log is larger than any that is left alone. */
function setUp() {
  const temp = createTempMirror(createFakeClock());
  const walBytes = () => statSync(`${temp.file}-wal`).size;
  const insert = temp.mirror.sqlite.prepare('insert into evidence (body) values (randomblob(?))');
  const fill = () => temp.store.write(() => insert.run(6 * 1024 * 1024));
  return { ...temp, walBytes, fill };
}

test('a large log is moved into the database, and emptied', () => {
  const { store, walBytes, fill } = setUp();
  fill();
  expect(walBytes()).toBeGreaterThan(6 * 1024 * 1024);
  store.checkpoint();
  expect(walBytes()).toBe(0);
});

test('a small one is left alone', () => {
  const { store, walBytes } = setUp();
  const before = walBytes();
  expect(before).toBeGreaterThan(0);
  store.checkpoint();
  expect(walBytes()).toBe(before);
});

test('somebody who reads or writes meanwhile is not waited for, and not disturbed', () => {
  const { store, connect, walBytes, fill } = setUp();
  const other = connect().mirror.sqlite;
  fill();
  other.exec('begin; select count(*) from evidence');
  store.checkpoint();
  other.exec('commit; begin immediate');
  store.checkpoint();
  other.exec('commit');
  expect(walBytes()).toBeGreaterThan(0);
  expect(store.write(() => 'written')).toBe('written');
  store.checkpoint();
  expect(walBytes()).toBe(0);
});
