import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import nodeModule from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { codeCacheFolder, runCached } from '../src/code-cache.ts';

test("the folder is the user's own for caches, and there is none where Node's variable forbids it", () => {
  const where = (env: Record<string, string>, platform = 'linux') =>
    codeCacheFolder({ env, platform, homeDir: '/home/ada' });
  expect(where({})).toBe('/home/ada/.cache/dunetrace');
  expect(where({ XDG_CACHE_HOME: '/caches' })).toBe('/caches/dunetrace');
  expect(where({ XDG_CACHE_HOME: 'relative' })).toBe('/home/ada/.cache/dunetrace');
  expect(where({}, 'darwin')).toBe('/home/ada/Library/Caches/dunetrace');
  expect(where({ LOCALAPPDATA: 'C:\\Ada' }, 'win32')).toBe('C:\\Ada\\dunetrace\\code');
  expect(where({ NODE_DISABLE_COMPILE_CACHE: '1' })).toBe(undefined);
});

/** From 22.1 on, what is kept is Node's own matter. */
describe.skipIf('enableCompileCache' in nodeModule)('what is kept', () => {
  let place = '';
  let folder = '';

  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'dunetrace-code-'));
    folder = join(place, 'caches', 'dunetrace');
    vi.useFakeTimers({ toFake: ['setTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
    rmSync(place, { recursive: true, force: true });
  });

  /** Runs a script that says `word`; @returns what it said. */
  function say(word: string, where = 'here'): unknown {
    const file = join(place, where, 'script.js');
    mkdirSync(dirname(file), { recursive: true });
    const log: unknown[] = [];
    Object.assign(globalThis, { codeCacheTest: log });
    writeFileSync(file, `const { sep } = require('node:path'); globalThis.codeCacheTest.push('${word}' + sep);`);
    runCached(file, folder);
    vi.runAllTimers();
    return log[0];
  }

  const kept = () => readdirSync(folder).map((name) => join(folder, name));
  const mode = (path: string) => statSync(path).mode & 0o777;

  /**
   * What was kept of the script with one word is put in the place of the other's, so that it shows when it is used. (They
   * run elsewhere: what V8 has compiled in this process it knows by its file.)
   */
  function swap(one = 'one', two = 'two'): string {
    say(one, 'elsewhere');
    const before = kept();
    const [first = ''] = before;
    say(two, 'elsewhere');
    const [second = ''] = kept().filter((path) => !before.includes(path));
    writeFileSync(second, readFileSync(first));
    return second;
  }

  test('is used, in a folder and a file that are for this user alone', () => {
    const file = swap();
    expect(say('two')).toBe('one/');
    expect([mode(folder), mode(file)]).toEqual([0o700, 0o600]);
  });

  test('is compiled anew and replaced when it is damaged', () => {
    const file = swap();
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    expect(say('two')).toBe('two/');
    expect(readFileSync(file).equals(bytes)).toBe(false);
    for (const rest of ['', 'abc', 'rubbish that is longer']) {
      writeFileSync(file, rest);
      expect(say('two')).toBe('two/');
    }
  });

  test('is not trusted where others can write', () => {
    const file = swap();
    chmodSync(file, 0o620);
    expect(say('two')).toBe('two/');
    const other = swap('six', 'ten');
    chmodSync(dirname(other), 0o770);
    expect(say('ten')).toBe('ten/');
  });

  test('is not needed: a place where nothing can be kept is none', () => {
    mkdirSync(dirname(folder));
    writeFileSync(folder, 'in the way');
    expect(say('one')).toBe('one/');
    expect(readFileSync(folder, 'utf8')).toBe('in the way');
    rmSync(dirname(folder), { recursive: true });
    writeFileSync(dirname(folder), 'in the way');
    expect(say('one')).toBe('one/');
  });

  test('of versions long gone is removed, and nothing half written is left', () => {
    const file = swap();
    utimesSync(file, 1, 1);
    say('six');
    expect(kept()).not.toContain(file);
    expect(kept()).toHaveLength(2);
  });

  test('leaves what a script throws as it is', () => {
    const file = join(place, 'script.js');
    writeFileSync(file, 'null.x;');
    expect(() => runCached(file, folder)).toThrow("reading 'x'");
  });
});
