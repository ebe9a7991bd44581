import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { openReaderBeside } from '../../src/db/open.ts';
import { createSentry } from '../../src/db/sentry.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { type Harm, harms } from '../support/harm.ts';
import { createTempMirror, testOwner } from '../support/temp-mirror.ts';

function setUp() {
  const temp = createTempMirror(createFakeClock());
  temp.store.requestLog.add(1);
  const reader = openReaderBeside(temp.file, testOwner);
  onTestFinished(reader.close);
  return { ...temp, reader, sentries: [createSentry(reader), createSentry(temp.mirror)] };
}

test('a file that others write to, lock, checkpoint and vacuum is sound', () => {
  const { file, store, connect, sentries } = setUp();
  const stand = () => sentries.map(({ look }) => look());
  const sound = ['sound', 'sound'];
  expect(stand()).toEqual(sound);
  const other = connect();
  for (let at = 2; at < 200; at += 1) {
    (at % 2 === 0 ? store : other.store).requestLog.add(at);
    expect(stand()).toEqual(sound);
  }
  other.mirror.sqlite.pragma('wal_checkpoint(TRUNCATE)');
  expect(stand()).toEqual(sound);
  other.store.requestLog.prune(1000, 2000);
  other.mirror.sqlite.exec('vacuum');
  other.mirror.sqlite.pragma('wal_checkpoint(TRUNCATE)');
  expect(stand()).toEqual(sound);
  other.mirror.sqlite.exec('begin immediate; insert into requests (at) values (3)');
  expect(stand()).toEqual(sound);
  other.mirror.sqlite.exec('commit');
  const outsider = new Database(file);
  outsider.exec('create table another (id integer)');
  outsider.close();
  expect(stand()).toEqual(sound);
});

test.each<[Harm, string]>([
  ['-wal deleted alone', 'cut off'],
  ['-shm deleted alone', 'cut off'],
  ['-wal replaced', 'cut off'],
  ['the file cut to nothing', 'damaged'],
  ['-wal cut to nothing', 'damaged'],
  ['-wal overwritten with garbage', 'damaged'],
  ['-wal overwritten with less', 'damaged'],
])('%s: %s', (harm, standing) => {
  const { file, store, sentries } = setUp();
  expect(sentries.map(({ look }) => look())).toEqual(['sound', 'sound']);
  harms[harm](file);
  expect(sentries.map(({ look }) => look())).toEqual([standing, standing]);
  // Whoever still writes does not make it whole.
  if (standing === 'cut off') store.requestLog.add(2);
  expect(sentries.map(({ look }) => look())).toEqual([standing, standing]);
});
