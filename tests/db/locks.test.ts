import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { isKeptLocked, pinnedPages } from '../../src/db/hindrances.ts';
import { holdersText, readersOf, writersOf } from '../../src/db/lock-holders.ts';
import { openMirror } from '../../src/db/open.ts';
import { lockWaitMs } from '../../src/db/transactions.ts';
import { openSyncer } from '../../src/sync/syncer.ts';
import { rejection } from '../api/harness.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createPlace } from '../support/program.ts';

const owner = { apiUrl: 'http://api.test', apiKey: 'k' };

function open() {
  const { folder } = createPlace('http://api.test');
  const file = join(folder, 'mirror.db');
  const { mirror } = openMirror(file, owner, createFakeClock(0));
  const other = new Database(file);
  onTestFinished(() => {
    other.close();
    mirror.close();
  });
  return { file, mirror, other, patience: () => mirror.sqlite.pragma('busy_timeout', { simple: true }) };
}

test('a write waits long for a lock once, and long again after one that succeeded', () => {
  const { mirror, other, patience } = open();
  expect([patience(), mirror.isLocked()]).toEqual([lockWaitMs, false]);
  other.exec('begin immediate');
  expect([mirror.isLocked(), patience()]).toEqual([true, lockWaitMs]);
  expect(() => mirror.write(() => {})).toThrow('locked');
  expect([patience(), mirror.isLocked()]).toEqual([250, true]);
  expect(() => mirror.write(() => {})).toThrow('locked');
  other.exec('rollback');
  mirror.write(() => {});
  expect(patience()).toBe(lockWaitMs);
});

test('looking whether a lock is gone gives the patience back', () => {
  const { mirror, other, patience } = open();
  other.exec('begin immediate');
  expect(() => mirror.write(() => {})).toThrow('locked');
  other.exec('rollback');
  expect([mirror.isLocked(), patience()]).toEqual([false, lockWaitMs]);
  mirror.write(() => expect(mirror.isLocked()).toBe(false));
});

test('what hinders is found, and that nothing does', () => {
  const { file, mirror, other } = open();
  expect([isKeptLocked(file, 0), pinnedPages(file), writersOf(file), readersOf(file)]).toEqual([false, 0, [], []]);
  other.exec('begin immediate');
  expect(isKeptLocked(file, 0)).toBe(true);
  other.exec('rollback; begin');
  other.prepare('select * from agents').all();
  mirror.write(() => mirror.sqlite.exec("insert into agents (id, agent_id) values (1, 'a')"));
  expect(pinnedPages(file)).toBeGreaterThan(0);
  other.exec('rollback');
  expect(pinnedPages(file)).toBe(0);
  expect(isKeptLocked(`${file}.gone`, 0)).toBe(false);
});

test('holders are named as far as they are known', () => {
  expect(holdersText([], 'another process')).toBe('another process');
  expect(holdersText([{ pid: 7, name: 'python3' }], '')).toBe('process 7 (python3)');
  expect(
    holdersText(
      [
        { pid: 7, name: '' },
        { pid: 8, name: 'x' },
      ],
      '',
    ),
  ).toBe('process 7 and process 8 (x)');
});

test('who is asked for a refresh waits once for a lock, then says so; or goes on when it is gone', async () => {
  const { env, folder, file } = createPlace('http://127.0.0.1:9');
  const config = readConfig({ env, platform: 'linux', homeDir: folder });
  const clock = createFakeClock(0, { autoAdvance: true });
  const log = { info: () => {}, warn: () => {} };
  const syncer = openSyncer(config, { clock, random: () => 0, log });
  onTestFinished(() => syncer.close());
  const signal = new AbortController().signal;
  await syncer.awaitLock(signal);
  const other = new Database(file);
  onTestFinished(() => void other.close());
  other.exec('begin immediate');
  const before = clock.monotonic();
  expect(String(await rejection(syncer.awaitLock(signal)))).toContain(`${file} is locked by another process`);
  expect(clock.monotonic() - before).toBe(lockWaitMs);
  const reason = new Error('the person has left');
  expect(await rejection(syncer.awaitLock(AbortSignal.abort(reason)))).toBe(reason);
  const waiting = syncer.awaitLock(signal);
  other.exec('rollback');
  await waiting;
});
