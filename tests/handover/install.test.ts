import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openMirror, openReader } from '../../src/db/open.ts';
import { install, replaceAlone } from '../../src/handover/install.ts';
import { createStore } from '../../src/mirror/store.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror, testOwner } from '../support/temp-mirror.ts';

/** A finished mirror comes into the place of an empty one, and no -wal of that one beside it. */

const clock = createFakeClock(1_780_000_000, { autoAdvance: true });

function setUp() {
  const { folder } = createTempMirror(clock);
  const [file, made] = [join(folder, 'empty.db'), join(folder, 'made.db')];
  openMirror(file, testOwner, clock).mirror.close();
  const { mirror } = openMirror(made, testOwner, clock);
  const store = createStore(mirror);
  store.write(() => store.agents.ensure('taken'));
  mirror.close();
  const agents = () => {
    const reader = openReader(file, testOwner);
    const found = reader.sqlite.prepare('select agent_id from agents').pluck().all();
    reader.close();
    return found;
  };
  return { folder, file, made, agents };
}

test('a server that had opened the empty file, and begins to use it afterwards, makes no -wal beside the new one', () => {
  const { file, made, agents } = setUp();
  const early = new Database(file, { timeout: 0 });
  install(made, file, testOwner);
  expect(() => early.pragma('journal_mode = wal')).toThrow('file is not a database');
  expect(existsSync(`${file}-wal`)).toBe(false);
  early.close();
  expect(agents()).toEqual(['taken']);
});

test('nobody can use the file while it is replaced', () => {
  const { file } = setUp();
  const early = new Database(file, { timeout: 0 });
  replaceAlone(file, () => {
    expect(() => early.pragma('journal_mode = wal')).toThrow('database is locked');
    expect(() => early.prepare('select 1 from agents')).toThrow('database is locked');
  });
  early.close();
});

test('a file that is not empty once it is locked stays', () => {
  const { file, made, agents } = setUp();
  install(made, file, testOwner);
  expect(() => replaceAlone(file, () => expect.unreachable())).toThrow('has rows already');
  expect(agents()).toEqual(['taken']);
});

test('where there is no file, it is the mirror’s', () => {
  const { folder, made } = setUp();
  const nowhere = join(folder, 'new.db');
  install(made, nowhere, testOwner);
  const reader = openReader(nowhere, testOwner);
  expect(reader.sqlite.prepare('select agent_id from agents').pluck().all()).toEqual(['taken']);
  reader.close();
});
