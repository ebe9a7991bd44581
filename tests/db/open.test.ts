import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { schemaVersion } from '../../src/db/migrate.ts';
import { openMirror, openReader } from '../../src/db/open.ts';
import { bindKey } from '../../src/db/owner.ts';
import { codeOf } from '../../src/errors.ts';
import { clock, mode, names, owner, refused, useFolder } from './open-harness.ts';

const { place, keep, openFor, readFor, makeMirror } = useFolder();

describe('a new mirror', () => {
  test('is for its owner alone: the folders it made and every file', () => {
    place.file = join(place.folder, 'data', 'dunetrace', 'mirror.db');
    const { mirror, warning } = openFor();
    mirror.sqlite.prepare("insert into names (name) values ('x')").run();
    readFor();
    expect(warning).toBeUndefined();
    expect([join(place.folder, 'data'), join(place.folder, 'data', 'dunetrace')].map(mode)).toEqual([0o700, 0o700]);
    expect(['', '-wal', '-shm'].map((suffix) => mode(place.file + suffix))).toEqual([0o600, 0o600, 0o600]);
  });

  test('where no folder can be made is refused, with the cause', () => {
    // A file stands where a folder is wanted; and on Linux /proc, where nothing can be made.
    writeFileSync(join(place.folder, 'file'), '');
    const places = [
      join(place.folder, 'file', 'below', 'mirror.db'),
      ...(existsSync('/proc/self') ? ['/proc/x/y.db'] : []),
    ];
    for (const file of places) {
      place.file = file;
      const error = refused(openFor);
      expect(error).toMatchObject({ kind: 'unusable' });
      expect(error.message).toMatch(/can't be used \((ENOTDIR|ENOENT).*DUNETRACE_DB/);
    }
  });

  test('makes an existing file private too', () => {
    writeFileSync(place.file, '', { mode: 0o644 });
    expect(openFor().warning).toBeUndefined();
    expect(mode(place.file)).toBe(0o600);
  });

  test('has the pragmas it is to have', () => {
    const { sqlite } = openFor().mirror;
    const pragma = (name: string) => sqlite.pragma(name, { simple: true });
    expect(pragma('journal_mode')).toBe('wal');
    expect(pragma('synchronous')).toBe(1);
    expect(pragma('foreign_keys')).toBe(1);
    expect(pragma('busy_timeout')).toBe(5000);
    expect(pragma('temp_store')).toBe(2);
    expect(pragma('user_version')).toBe(schemaVersion());
    expect(pragma('application_id')).toBe(Buffer.from('DUNE').readInt32BE());
  });

  test('says whose it is once the API has accepted a key, without the key', () => {
    const { db, sqlite } = openFor().mirror;
    bindKey(place.file, db, owner);
    expect(sqlite.prepare('select * from mirror_meta').all()).toEqual([
      {
        id: 1,
        schema_version: schemaVersion(),
        api_url: owner.apiUrl,
        key_salt: expect.stringMatching(/^[0-9a-f]{32}$/),
        key_fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        created_at: clock.now(),
        content: 'hash',
        content_secret: expect.stringMatching(/^[0-9a-f]{64}$/),
        revision: 0,
      },
    ]);
    const files = readdirSync(place.folder);
    expect(files).toContain('mirror.db-wal');
    for (const name of files) expect(readFileSync(join(place.folder, name)).includes(owner.apiKey)).toBe(false);
  });

  test('has another salt, and so another fingerprint, each time', () => {
    const fingerprint = (name: string) => {
      place.file = join(place.folder, name);
      const { db, sqlite } = openFor().mirror;
      bindKey(place.file, db, owner);
      return sqlite.prepare('select key_fingerprint from mirror_meta').pluck().get();
    };
    expect(fingerprint('a.db')).not.toBe(fingerprint('b.db'));
  });

  test('is opened again as it was', () => {
    makeMirror();
    const before = openFor().mirror.sqlite.prepare('select * from mirror_meta').all();
    const second = openMirror(place.file, owner, { ...clock, now: () => clock.now() + 999 });
    keep(second.mirror);
    expect(second.warning).toBeUndefined();
    expect(second.mirror.sqlite.prepare('select * from mirror_meta').all()).toEqual(before);
    expect(names(second.mirror.sqlite)).toEqual(['TOOL_LOOP']);
  });

  test('commits all of a write, or nothing', () => {
    const { mirror } = openFor();
    const add = (name: string) => mirror.sqlite.prepare('insert into names (name) values (?)').run(name);
    const failing = () =>
      mirror.write(() => {
        add('lost');
        throw new Error('halfway');
      });
    expect(failing).toThrow('halfway');
    expect(mirror.write(() => add('kept').changes)).toBe(1);
    expect(names(mirror.sqlite)).toEqual(['kept']);
  });
});

describe('a reader', () => {
  test('sees what is committed, and can write nothing', () => {
    const { mirror } = openFor();
    const reader = readFor();
    mirror.sqlite.exec("begin immediate; insert into names (name) values ('x')");
    expect(names(reader.sqlite)).toEqual([]);
    mirror.sqlite.exec('commit');
    expect(names(reader.sqlite)).toEqual(['x']);
    for (const sql of ['delete from names', 'drop table names', 'pragma user_version = 0', 'create table t (x)']) {
      const caught = (() => {
        try {
          return reader.sqlite.exec(sql);
        } catch (error) {
          return error;
        }
      })();
      expect(codeOf(caught)).toBe('SQLITE_READONLY');
    }
  });

  test('of a file that is not there says so, and makes none', () => {
    for (const missing of [place.file, join(place.folder, 'no', 'such', 'folder.db')]) {
      const error = refused(() => openReader(missing, owner));
      expect(error.kind).toBe('missing');
      expect(error.message).toBe(`There is no mirror yet at ${missing}. Run \`dunetrace-mcp sync\` first.`);
    }
    expect(readdirSync(place.folder)).toEqual([]);
  });

  test('of an empty file says the same', () => {
    writeFileSync(place.file, '');
    expect(refused(() => openReader(place.file, owner)).kind).toBe('missing');
  });
});
