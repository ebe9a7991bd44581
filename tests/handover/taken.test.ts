import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ContentMode } from '../../src/config.ts';
import { contentMeta } from '../../src/db/content.ts';
import { openMirror, type Reader } from '../../src/db/open.ts';
import { copyMirror } from '../../src/handover/copy.ts';
import { openSentFile } from '../../src/handover/sent-file.ts';
import { fillMirror } from '../../src/mirror/fill.ts';
import { createStore } from '../../src/mirror/store.ts';
import { followContent } from '../../src/sync/content.ts';
import { foundIn, setUpContent } from '../support/content-world.ts';
import { wrongDays } from '../support/recount.ts';

/** A mirror that is handed over holds the same afterwards, with what is computed from rows computed anew. */

const words = ['quokka', 'wombat', 'numbat', 'bilby', 'potoroo'];
const never = new AbortController().signal;

/** A mirror of an API whose texts come raw, handed over to a new one. */
async function handOver(theirs: ContentMode, ours: ContentMode) {
  const w = await setUpContent();
  await w.sync(theirs);
  const [sentFile, file] = [join(w.folder, 'sent.db'), join(w.folder, 'ours', 'mirror.db')];
  copyMirror(w.file, sentFile);
  const sent = openSentFile(sentFile);
  const { mirror } = openMirror(file, w.config(ours), w.clock);
  onTestFinished(() => mirror.close());
  let rows = 0;
  const onRows = (more: number) => {
    rows += more;
  };
  await fillMirror(mirror, sent, { clock: w.clock, signal: never, onRows });
  sent.close();
  const log = { info: () => {}, warn: () => {} };
  if (theirs !== 'hash' && ours === 'hash')
    await followContent({ store: createStore(mirror), clock: w.clock, log, mode: ours }, never);
  return { ...w, mirror, file, rows, folder: join(w.folder, 'ours') };
}

const rowsOf = ({ sqlite }: Reader) => {
  const all = (sql: string) => sqlite.prepare(sql).all();
  const names = all('select id, name from names');
  return {
    names,
    agents: all('select agent_id, last_seen, run_count, signal_count, failure_types from agents order by id'),
    runs: all('select * from v_runs order by run_id'),
    signals: all('select * from v_signals order by id'),
    explanations: all('select hex(hash), title, what from explanations order by hash'),
    events: all('select * from v_run_events order by 1, 2, 3'),
    sums: all('select * from run_sums order by run, model'),
    days: [all('select * from run_days order by 1, 2, 3, 4'), all('select * from signal_days order by 1, 2, 3, 4, 5')],
    health: all('select * from server_health order by agent'),
    found: words.map((word) =>
      sqlite.prepare('select rowid from evidence_fts where evidence_fts match ? order by 1').pluck().all(word),
    ),
    agentsFound: all("select rowid from agents_fts where agents_fts match 'a'"),
  };
};

test.each([
  ['hash', 'hash'],
  ['keep', 'keep'],
] as const)('rows, events, sums, days and full text are those of the other mirror (%s)', async (theirs, ours) => {
  const { mirror, read, rows } = await handOver(theirs, ours);
  const [taken, given] = [rowsOf(mirror), read(rowsOf)];
  expect(taken).toEqual(given);
  expect(taken.events).toHaveLength(120);
  expect(taken.sums).toHaveLength(30);
  expect(rows).toBeGreaterThan(200);
  expect(wrongDays(mirror.sqlite)).toEqual([]);
  expect(mirror.sqlite.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(mirror.sqlite.pragma('foreign_key_check')).toEqual([]);
  const indexes = (reader: Reader) =>
    reader.sqlite.prepare("select sql from sqlite_schema where type = 'index' order by 1").pluck().all();
  expect(indexes(mirror)).toEqual(read(indexes));
  expect(mirror.sqlite.pragma('journal_mode', { simple: true })).toBe('wal');
  expect(contentMeta(mirror.db)).toEqual(read(({ db }) => contentMeta(db)));
});

test('texts that the other mirror kept are hashed, as if the API had sent them here, and none is left', async () => {
  const { mirror, folder, sync, read } = await handOver('keep', 'hash');
  expect(contentMeta(mirror.db).content).toBe('hash');
  mirror.sqlite.pragma('wal_checkpoint(truncate)');
  expect(foundIn(folder, words)).toEqual([]);
  const { secret, ...taken } = { secret: contentMeta(mirror.db).contentSecret, ...rowsOf(mirror) };
  expect(secret).toBe(read(({ db }) => contentMeta(db)).contentSecret);
  // What the other mirror makes of its texts when it follows the setting itself.
  await sync('hash');
  const { explanations: _, names: __, ...theirs } = read(rowsOf);
  expect(taken).toMatchObject(theirs);
});

test('lists go on from what the other mirror had, and none counts as mirrored before a walk over all of it', async () => {
  const { mirror, read } = await handOver('hash', 'hash');
  const states = (reader: Reader) =>
    reader.sqlite
      .prepare('select list, rows, deficit, covered_from, full_pass > 0 as whole, full_at, began_at from sync_state')
      .all();
  expect(states(mirror)).toEqual([
    { list: 'runs', rows: 30, deficit: 0, covered_from: null, whole: 1, full_at: 0, began_at: null },
    { list: 'signals', rows: 30, deficit: 0, covered_from: null, whole: 1, full_at: 0, began_at: null },
  ]);
  expect(read(states)).toMatchObject([{ covered_from: 0 }, { covered_from: 0 }]);
  expect(mirror.sqlite.prepare('select synced_at, completed_at, last_pass from fleet_state').all()).toEqual([
    { synced_at: null, completed_at: null, last_pass: 2 },
  ]);
  const owned = mirror.sqlite.prepare('select key_fingerprint from mirror_meta').pluck().get();
  expect(owned).toBe('');
});

test('a list that the other mirror had in part begins again', async () => {
  const w = await setUpContent();
  await w.sync('hash');
  const sentFile = join(w.folder, 'sent.db');
  const { mirror: theirs } = openMirror(w.file, w.config('hash'), w.clock);
  theirs.sqlite.exec("update sync_state set full_pass = 0, tail_pass = 9, tail_cursor = 20 where list = 'signals'");
  theirs.close();
  copyMirror(w.file, sentFile);
  const sent = openSentFile(sentFile);
  const { mirror } = openMirror(join(w.folder, 'ours.db'), w.config('hash'), w.clock);
  onTestFinished(() => mirror.close());
  await fillMirror(mirror, sent, { clock: w.clock, signal: never, onRows: () => {} });
  sent.close();
  expect(mirror.sqlite.prepare('select list, rows, full_pass, tail_pass from sync_state').all()).toEqual([
    { list: 'runs', rows: 30, full_pass: 1, tail_pass: null },
    { list: 'signals', rows: 30, full_pass: 0, tail_pass: null },
  ]);
});

test('a copy waits for nobody who writes, and has what was committed', async () => {
  const w = await setUpContent();
  await w.sync('hash');
  const { mirror } = openMirror(w.file, w.config('hash'), w.clock);
  onTestFinished(() => mirror.close());
  mirror.sqlite.exec('begin immediate; update runs set step_count = 77');
  const sentFile = join(w.folder, 'sent.db');
  copyMirror(w.file, sentFile);
  mirror.sqlite.exec('commit');
  const sent = openSentFile(sentFile);
  expect([...sent.rows('runs')].map((row) => row.step_count)).not.toContain(77);
  sent.close();
});

test('a copy has neither the key’s fingerprint nor the poller, and no table but those of rows', async () => {
  const w = await setUpContent();
  await w.sync('hash');
  const sentFile = join(w.folder, 'sent.db');
  copyMirror(w.file, sentFile);
  const fingerprint = w.read(({ sqlite }) =>
    sqlite.prepare<[], string>('select key_fingerprint from mirror_meta').pluck().get(),
  );
  expect(fingerprint).toHaveLength(64);
  expect(foundIn(join(w.folder), [fingerprint ?? '?'])).not.toContain(`${fingerprint} in sent.db`);
  expect(existsSync(`${sentFile}-wal`)).toBe(false);
});
