import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { openMirror, openReader } from '../../src/db/open.ts';
import { bindKey, ownershipOf } from '../../src/db/owner.ts';
import type { MirrorErrorKind } from '../../src/errors.ts';
import { clock, mode, names, owner, refused, useFolder } from './open-harness.ts';

const { place, keep, openFor, makeMirror } = useFolder();

const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** The files of the folder by the digest of their bytes; without those that only hold locks. */
function snapshot(): Record<string, string> {
  const files = readdirSync(place.folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  const kept = files.map(({ name }) => name).filter((name) => !name.endsWith('-shm'));
  return Object.fromEntries(kept.map((name) => [name, digest(readFileSync(join(place.folder, name)))]));
}

/** Without the empty -wal that SQLite leaves behind when a mirror was opened read-only. */
function withoutEmptyWal(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).filter(([, bytes]) => bytes !== digest(Buffer.of())));
}

/** Both ways to open it are refused so, and neither changes any file; in the folder of another program, nor leaves one. */
function expectRefusal(kind: MirrorErrorKind, says: RegExp, who = owner): void {
  const look = () => (kind === 'foreign' ? snapshot() : withoutEmptyWal(snapshot()));
  const before = look();
  for (const work of [() => openMirror(place.file, who, clock), () => openReader(place.file, who)]) {
    const error = refused(work);
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(place.file);
    expect(error.message).toMatch(says);
    expect(error.message).not.toContain(owner.apiKey);
    expect(look()).toEqual(before);
  }
}

describe('what is not ours to write is refused and left as it is', () => {
  function makeForeign(journal: 'delete' | 'wal'): Database.Database {
    const foreign = new Database(place.file);
    foreign.pragma(`journal_mode = ${journal}`);
    foreign.exec("create table letters (body text); insert into letters values ('Dear mother')");
    return foreign;
  }

  test.each(['delete', 'wal'] as const)("another program's database (journal: %s)", (journal) => {
    makeForeign(journal).close();
    expectRefusal('foreign', /another program.*left untouched.*DUNETRACE_DB/);
  });

  test.each([
    ['writing', () => openMirror(place.file, owner, clock)],
    ['reading', () => openReader(place.file, owner)],
  ])("another program's database whose -wal waits for it, as after a crash, when opened for %s", (_, work) => {
    const foreign = makeForeign('wal');
    const [database, wal] = [readFileSync(place.file), readFileSync(`${place.file}-wal`)];
    foreign.close();
    writeFileSync(place.file, database);
    writeFileSync(`${place.file}-wal`, wal);
    expect(refused(work).kind).toBe('foreign');
    expect(readFileSync(place.file).equals(database)).toBe(true);
    expect(readFileSync(`${place.file}-wal`).equals(wal)).toBe(true);
  });

  test("another program's database that it holds open", () => {
    keep(makeForeign('wal'));
    expectRefusal('foreign', /another program/);
  });

  test("another program's database keeps its permissions", () => {
    makeForeign('delete').close();
    const before = mode(place.file);
    expect(refused(() => openMirror(place.file, owner, clock)).kind).toBe('foreign');
    expect(mode(place.file)).toBe(before);
  });

  test('a mirror of a newer version', () => {
    makeMirror();
    const newer = new Database(place.file);
    newer.pragma('user_version = 999');
    newer.close();
    expectRefusal('newer', /newer dunetrace-mcp \(schema 999, this one knows \d+\); it was left untouched\. Update/);
  });

  test('a mirror of a newer version whose program runs', () => {
    makeMirror();
    const newer = new Database(place.file);
    keep(newer);
    newer.pragma('user_version = 999');
    expectRefusal('newer', /newer dunetrace-mcp/);
    expect(newer.pragma('user_version', { simple: true })).toBe(999);
  });

  test("another URL's mirror, by both names", () => {
    makeMirror();
    const other = { ...owner, apiUrl: 'https://other.example' };
    expectRefusal(
      'other_owner',
      /belongs to http:\/\/localhost:8002, not to https:\/\/other\.example\..*DUNETRACE_DB/,
      other,
    );
  });

  test("another key's mirror, showing neither key", () => {
    makeMirror();
    const other = { ...owner, apiKey: 'dt_live_0TH3R' };
    expectRefusal('other_owner', /belongs to another API key of http:\/\/localhost:8002\..*DUNETRACE_DB/, other);
    expect(refused(() => openMirror(place.file, other, clock)).message).not.toContain('0TH3R');
    expect(names(openFor().mirror.sqlite)).toEqual(['TOOL_LOOP']);
  });

  test('a mirror made with a key that was mistyped takes the right one, which the API accepts, and no other then', () => {
    const mistyped = { ...owner, apiKey: 'dt_live_TYP0' };
    const made = openFor(mistyped).mirror;
    const { db } = openFor().mirror;
    bindKey(place.file, db, owner);
    expect(ownershipOf(db, owner)).toBe('ours');
    expect(ownershipOf(made.db, mistyped)).toBe('others');
    expect(refused(() => bindKey(place.file, made.db, mistyped)).message).toContain('belongs to another API key');
    for (const work of [() => openMirror(place.file, mistyped, clock), () => openReader(place.file, mistyped)])
      expect(refused(work).kind).toBe('other_owner');
  });

  test('a folder', () => {
    mkdirSync(place.file);
    expectRefusal('unusable', /is not a regular file\. Set DUNETRACE_DB/);
  });

  test('a file below a file', () => {
    writeFileSync(place.file, 'text');
    const below = join(place.file, 'mirror.db');
    const error = refused(() => openMirror(below, owner, clock));
    expect(error.kind).toBe('unusable');
    expect(error.message).toContain(below);
    expect(error.message).toContain('DUNETRACE_DB');
  });

  test('a link that leads nowhere', () => {
    for (const target of [join(place.folder, 'nowhere', 'mirror.db'), join(place.folder, 'made-by-nobody')]) {
      symlinkSync(target, place.file);
      const error = refused(() => openMirror(place.file, owner, clock));
      expect(error.kind).toBe('unusable');
      expect(error.message).toContain(`${place.file} is a dangling link; nothing was written.`);
      expect(existsSync(target)).toBe(false);
      rmSync(place.file);
    }
  });
});
