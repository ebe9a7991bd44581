import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import nodeModule, { createRequire } from 'node:module';
import { basename, dirname, join, posix, win32 } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import type { Surroundings } from './config.ts';
import { packageRoot } from './package-root.ts';

/**
 * To compile the program takes longer than to run it up to its first answer, so that what V8 made of it is kept from one
 * start to the next. From 22.1 on Node does that itself; here it is done for older ones. No start depends on it: what is
 * not there, can't be read, or is of another program, Node or V8, is compiled, and what can't be written is not kept.
 */

/** By then the functions that a start needs have been compiled, in milliseconds. */
const keepMs = 3000;
/** What was written so long ago, by another version, is removed, in milliseconds. */
const oldMs = 30 * 86_400_000;
const checksumBytes = 4;

/**
 * The folder for it, in the user's cache folder: XDG_CACHE_HOME or ~/.cache, ~/Library/Caches, %LOCALAPPDATA%.
 * @returns undefined where Node's own variable NODE_DISABLE_COMPILE_CACHE forbids it.
 */
export function codeCacheFolder({ env, platform, homeDir }: Surroundings): string | undefined {
  if (env.NODE_DISABLE_COMPILE_CACHE) return undefined;
  if (platform === 'win32')
    return win32.join(env.LOCALAPPDATA || win32.join(homeDir, 'AppData', 'Local'), 'dunetrace', 'code');
  if (platform === 'darwin') return posix.join(homeDir, 'Library', 'Caches', 'dunetrace');
  const caches = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : posix.join(homeDir, '.cache');
  return posix.join(caches, 'dunetrace');
}

/** Runs a program of dist/, with what was kept of it. */
export function runProgram(name: string, surroundings: Surroundings): void {
  runCached(fileURLToPath(new URL(`dist/${name}`, packageRoot)), codeCacheFolder(surroundings));
}

/** Runs the CommonJS script `file`, in ASCII, compiled if `folder` has it so. @throws what the script throws. */
export function runCached(file: string, folder: string | undefined): void {
  const require = createRequire(file);
  if (folder === undefined) {
    require(file);
  } else if ('enableCompileCache' in nodeModule && typeof nodeModule.enableCompileCache === 'function') {
    if (makeFolder(folder)) nodeModule.enableCompileCache(folder);
    require(file);
  } else {
    runKept(file, require, folder);
  }
}

function runKept(file: string, require: NodeJS.Require, folder: string): void {
  const source = readFileSync(file);
  const kept = join(folder, nameFor(file, source));
  const cachedData = readKept(kept);
  const script = new Script(nodeModule.wrap(source.toString('latin1')), {
    filename: file,
    ...(cachedData ? { cachedData } : {}),
  });
  if (!cachedData || script.cachedDataRejected) setTimeout(() => keep(kept, script.createCachedData()), keepMs).unref();
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, file, dirname(file));
}

/** Another one for each program and Node, and for the flags that are given to V8; other flags V8 sees by itself. */
function nameFor(file: string, source: Buffer): string {
  const key = [crc32(source), source.length, crc32(process.execArgv.join(' '))]
    .map((part) => part.toString(16))
    .join('-');
  return `${basename(file, '.js')}-${process.version}-${process.arch}-${key}.bin`;
}

/** What is run must not come from anybody else. (Where there are no user ids, the folder is the user's by its place.) */
function isOwn({ uid, mode }: Stats): boolean {
  return process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
}

function readKept(kept: string): Buffer | undefined {
  try {
    const found = lstatSync(kept);
    if (!found.isFile() || !isOwn(found) || !isOwn(lstatSync(dirname(kept)))) return undefined;
    const bytes = readFileSync(kept);
    const data = bytes.subarray(checksumBytes);
    // V8 does not check it, and a process would end by it.
    return bytes.readUInt32LE() === crc32(data) ? data : undefined;
  } catch {
    return undefined;
  }
}

function keep(kept: string, data: Buffer): void {
  if (!makeFolder(dirname(kept))) return;
  const part = `${kept}.${process.pid}`;
  try {
    const checksum = Buffer.alloc(checksumBytes);
    checksum.writeUInt32LE(crc32(data));
    writeFileSync(part, Buffer.concat([checksum, data]), { mode: 0o600, flag: 'wx' });
    renameSync(part, kept);
    removeOld(dirname(kept));
  } catch {
    removePart(part);
  }
}

function removePart(part: string): void {
  try {
    rmSync(part, { force: true });
  } catch {
    // Where nothing can be removed, nothing was written.
  }
}

/** For this user alone. @returns whether it is there, and is so. */
function makeFolder(folder: string): boolean {
  for (const each of [dirname(folder), folder]) {
    try {
      mkdirSync(each, { mode: 0o700 });
    } catch {
      // It is there already, or can't be made: the look at it tells.
    }
  }
  try {
    const found = lstatSync(folder);
    return found.isDirectory() && isOwn(found);
  } catch {
    return false;
  }
}

function removeOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (lstatSync(path).mtimeMs < Date.now() - oldMs) rmSync(path, { force: true, recursive: true });
  }
}
