import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { contentMeta } from '../../src/db/content.ts';
import { openMirror, type Reader } from '../../src/db/open.ts';
import { createStore } from '../../src/mirror/store.ts';
import { runEvents } from '../../src/queries/runs.ts';
import { findSignal } from '../../src/queries/signals.ts';
import { followContent } from '../../src/sync/content.ts';
import { foundIn, secrets, setUpContent } from '../support/content-world.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const texts = Object.values(secrets);
/** Of the words alone, so that no tokens of the full text index are left either. */
const words = ['quokka', 'wombat', 'numbat', 'bilby', 'potoroo'];

const matches = (word: string) => (reader: Reader) =>
  reader.sqlite.prepare('select count(*) from evidence_fts where evidence_fts match ?').pluck().get(word);

const all = ({ sqlite }: Reader) => ({
  events: sqlite.prepare('select payload from run_events order by run, seq').pluck().all(),
  signals: sqlite.prepare('select evidence, title, evidence_summary from v_signals order by id').all(),
});

test('no text lies in the folder, and the same text has the same hash', async () => {
  const w = await setUpContent();
  await w.sync('hash');
  expect(foundIn(w.folder, words)).toEqual([]);
  expect(await w.differences()).toEqual([]);
  const { events, signals } = w.read(all);
  expect(events).toHaveLength(120);
  expect(signals).toHaveLength(30);
  const args = events.flatMap((payload) => /"args":"([^"]+)"/.exec(String(payload))?.[1] ?? []);
  expect(args).toHaveLength(30);
  expect(new Set(args).size).toBe(1);
  const first = w.read((reader) => findSignal(reader, 1));
  expect(first?.evidence).toEqual({
    tool: 'pay',
    tool_error: expect.stringMatching(/^hmac:[0-9a-f]{16} \(24 chars\)$/),
    args_snippet: args[0],
  });
  expect(first?.title).toBe(`pay failed: ${String(first?.evidence.tool_error)}…`);
  expect(w.logged).toEqual([]);

  const other = await setUpContent();
  await other.sync('hash');
  const theirs = other.read((reader) => findSignal(reader, 1));
  expect(theirs?.evidence.args_snippet).toMatch(/^hmac:/);
  expect(theirs?.evidence.args_snippet).not.toBe(args[0]);
});

test('DUNETRACE_CONTENT=keep stores texts, and they can be searched for', async () => {
  const w = await setUpContent();
  await w.sync('keep');
  for (const text of texts) expect(foundIn(w.folder, [text])).not.toEqual([]);
  expect(w.read(matches('bilby'))).toBe(30);
  expect(await w.differences()).toEqual([]);
});

test('from keep to hash: nothing of a text is left in any file, and the mirror equals one that never kept any', async () => {
  const w = await setUpContent();
  await w.sync('keep');
  // Free pages, a log that was not written back, and a mirror that was moved aside.
  const holder = new Database(w.file);
  holder.exec('delete from evidence where key >= -9; delete from signals where key >= -9');
  holder.exec("update explanations set title = title || ' again' where id = 1");
  writeFileSync(`${w.file}.corrupt-20260101T000000Z`, secrets.custom);
  writeFileSync(`${w.file}.corrupt-20260101T000000Z-wal`, secrets.args);
  expect(foundIn(w.folder, words).length).toBeGreaterThan(words.length);
  expect(foundIn(w.folder, ['bilby'])).toContain('bilby in mirror.db-wal');
  await w.sync('hash');
  expect(foundIn(w.folder, words)).toEqual([]);
  holder.close();
  expect(readdirSync(`${w.folder}/data`).filter((name) => /corrupt|keeps-texts/.test(name))).toEqual([]);
  expect(w.read(matches('bilby'))).toBe(0);
  expect(w.read(({ db }) => contentMeta(db).content)).toBe('hash');
  expect(w.logged.at(-1)).toMatch(
    /are hashed, and removed from .*mirrors that were moved aside are deleted: .*\.corrupt-20260101T000000Z/,
  );
  // Hashed by what was stored, and by what is sent: the same.
  w.clock.advance(100);
  const before = w.read(all);
  expect(before.events.join()).toContain('"error":"hmac:');
  const told = w.logged.length;
  await w.sync('hash');
  expect(w.logged).toHaveLength(told);
  expect(w.read(all).events).toEqual(before.events);
});

test('from keep to hash each row is what the API sends, hashed', async () => {
  const w = await setUpContent();
  await w.sync('keep');
  await w.sync('hash');
  expect(await w.differences()).toEqual([]);
  expect(w.read(({ sqlite }) => sqlite.pragma('integrity_check', { simple: true }))).toBe('ok');
  expect(w.read((reader) => runEvents(reader, 'run-3', { from: 0, limit: 9 }).items[0]?.payload)).toEqual({
    input_hash: expect.stringMatching(/^[0-9a-f]{32}$/),
    system_prompt: expect.stringMatching(/^hmac:/),
  });
});

test('from hash to keep the texts come back, of signals and of events', async () => {
  const w = await setUpContent();
  await w.sync('hash');
  await w.sync('keep');
  expect(await w.differences()).toEqual([]);
  const { events, signals } = w.read(all);
  expect(events).toHaveLength(120);
  expect(signals).toHaveLength(30);
  expect(JSON.stringify([events, signals])).not.toContain('hmac:');
  for (const text of texts) expect(foundIn(w.folder, [text])).not.toEqual([]);
  expect(w.logged.at(-1)).toContain('DUNETRACE_CONTENT=keep');
});

test('a mirror that kept texts and was then damaged leaves none of them behind', async () => {
  const w = await setUpContent();
  await w.sync('keep');
  expect(existsSync(`${w.file}.keeps-texts`)).toBe(true);
  writeFileSync(w.file, `damaged: ${secrets.custom}`);
  await w.sync('hash');
  expect(foundIn(w.folder, words)).toEqual([]);
  expect(await w.differences()).toEqual([]);
});

test('while another process reads the old state the rest waits for the next pass', async () => {
  const w = await setUpContent();
  await w.sync('keep');
  const holder = new Database(w.file, { readonly: true });
  holder.exec('begin');
  holder.prepare('select count(*) from signals').get();
  await w.sync('hash');
  expect(w.logged.at(-1)).toMatch(/removed after the next pass: another process has .* in use/);
  expect(w.read(({ db }) => contentMeta(db).content)).toBe('hashing');
  expect(JSON.stringify(w.read(all))).not.toContain('bilby');
  // What waits costs no room: the log can't be emptied meanwhile.
  const logSize = () => statSync(`${w.file}-wal`).size;
  const before = logSize();
  await w.sync('hash');
  expect(w.read(({ db }) => contentMeta(db).content)).toBe('hashing');
  expect(logSize() - before).toBeLessThan(100_000);
  holder.exec('commit');
  holder.close();
  await w.sync('hash');
  expect(foundIn(w.folder, words)).toEqual([]);
  expect(w.read(({ db }) => contentMeta(db).content)).toBe('hash');
});

test('a damaged mirror without texts stays where it was moved', async () => {
  const w = await setUpContent();
  await w.sync('hash');
  writeFileSync(w.file, 'damaged');
  await w.sync('hash');
  expect(readdirSync(`${w.folder}/data`).filter((name) => name.includes('.corrupt-'))).not.toEqual([]);
});

test('numbers of any length stay what they are when the texts of records are hashed', async () => {
  const w = await setUpContent({ generation: 3 });
  w.api.backend.plainLists.set('/v1/policies', [
    { id: 1, agent_id: 'a', condition: { value: 1 }, created_by: 'bilby' },
  ]);
  await w.sync('keep');
  const database = new Database(w.file);
  const value = '12345678901234567890';
  database.exec(`update records set body = '{"id":1,"agent_id":"a","condition":{"value":${value}}}'`);
  const body = () => database.prepare('select body from records').pluck().get();
  await w.sync('hash');
  expect(body()).toContain(value);
  expect(database.prepare('select extra from records').pluck().get()).toMatch(/"created_by":"hmac:/);
  database.close();
});

test('a process that keeps texts meanwhile is not undone by the end of hashing', async () => {
  const w = await setUpContent();
  await w.sync('keep');
  const clock = createFakeClock(w.clock.now(), { autoAdvance: true });
  const { mirror } = openMirror(w.file, w.config('hash'), clock);
  onTestFinished(() => mirror.close());
  const store = createStore(mirror);
  let hasKept = false;
  const sleep = async () => {
    // Between two transactions of the one that hashes, the other begins a pass.
    if (!hasKept) store.write(() => store.content.keep());
    hasKept = true;
  };
  const log = { info: () => {}, warn: () => {} };
  await followContent({ store, clock: { sleep }, log, mode: 'hash' }, new AbortController().signal);
  expect(store.content.state()).toBe('keep');
  expect(store.content.mayHoldTexts()).toBe(true);
  await followContent({ store, clock: { sleep }, log, mode: 'hash' }, new AbortController().signal);
  expect(store.content.mayHoldTexts()).toBe(false);
  expect(foundIn(w.folder, words)).toEqual([]);
});
