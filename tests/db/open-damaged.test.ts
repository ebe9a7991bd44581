import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openMirror, openReader } from '../../src/db/open.ts';
import { clock, mode, names, owner, refused, useFolder } from './open-harness.ts';

const { place, openFor, makeMirror } = useFolder();

describe('a damaged file is moved aside, whole', () => {
  const moved = 'mirror.db.corrupt-20260513T131900Z';

  function expectMoved(says: RegExp, bytes: Buffer): void {
    const { mirror, warning } = openFor();
    expect(warning).toMatch(says);
    expect(warning).toContain(`${place.file} `);
    expect(warning).toContain(`It was moved to ${join(place.folder, moved)}, and a new one was started.`);
    expect(readFileSync(join(place.folder, moved)).equals(bytes)).toBe(true);
    expect(names(mirror.sqlite)).toEqual([]);
    expect(mode(place.file)).toBe(0o600);
    expect(openMirror(place.file, owner, clock)).toEqual({ mirror: expect.anything() });
  }

  test.each(['A letter to my mother\n', 'A long letter. '.repeat(1000)])('a text (%#)', (text) => {
    writeFileSync(place.file, text);
    const reader = refused(() => openReader(place.file, owner));
    expect(reader.kind).toBe('corrupt');
    expect(reader.message).toContain('dunetrace-mcp sync');
    expectMoved(/is not a SQLite database/, Buffer.from(text));
  });

  test('a mirror with garbage after its header', () => {
    makeMirror();
    const bytes = readFileSync(place.file);
    bytes.fill(0xa5, 100);
    writeFileSync(place.file, bytes);
    expect(refused(() => openReader(place.file, owner)).kind).toBe('corrupt');
    expectMoved(/is damaged/, bytes);
  });

  test('a mirror that was cut', () => {
    makeMirror();
    const bytes = readFileSync(place.file).subarray(0, 8192);
    writeFileSync(place.file, bytes);
    expect(refused(() => openReader(place.file, owner)).kind).toBe('corrupt');
    expectMoved(/is damaged/, bytes);
  });

  test('with its -wal and -shm, next to those moved before', () => {
    writeFileSync(join(place.folder, moved), 'an earlier one');
    for (const suffix of ['', '-wal', '-shm']) writeFileSync(place.file + suffix, `no database${suffix}`);
    expect(openFor().warning).toContain(`${moved}-2,`);
    const contents = ['', '-2', '-2-wal', '-2-shm'].map((end) => readFileSync(join(place.folder, moved + end), 'utf8'));
    expect(contents).toEqual(['an earlier one', 'no database', 'no database-wal', 'no database-shm']);
  });
});
