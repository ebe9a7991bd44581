import { constants } from 'node:fs';
import { chmod, mkdir, open, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { codeOf, messageOf, UsageError } from '../errors.ts';
import { exchange, privateMode, writeNew } from './new-file.ts';

/** A client's settings on disk. The contents of a repository must not decide which file is read, written or kept. */

/** The largest settings file that is read. Clients keep their history in it too. */
const maxBytes = 16 * 1024 * 1024;

export interface SettingsFile {
  /** The name that was given, for messages. */
  named: string;
  /** The real path: no part of it is a link. */
  real: string;
  /** The file's contents; undefined: the file does not exist yet. */
  found: { bytes: Buffer; text: string; mode: number } | undefined;
}

/** `named` with all links resolved. A file that does not exist yet gets the folder where it would be created. */
async function trueName(named: string): Promise<string> {
  try {
    return await realpath(named);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(named) === named) throw error;
  }
  const folder = await trueName(dirname(named));
  const target = await readlink(join(folder, basename(named))).catch(() => undefined);
  return target === undefined ? join(folder, basename(named)) : trueName(resolve(folder, target));
}

const isWithin = (folder: string, file: string) => {
  const way = relative(folder, file);
  return way !== '' && !isAbsolute(way) && way !== '..' && !/^\.\.[/\\]/.test(way);
};

/** The real path of the file. @throws UsageError when links lead out of all `folders`. */
async function trueNameIn(folders: readonly string[], named: string): Promise<string> {
  const real = await trueName(named);
  const roots = await Promise.all(folders.map(trueName));
  if (roots.some((root) => isWithin(root, real))) return real;
  throw new UsageError(
    `${named} was not changed: it links to ${real}, outside of ${folders.join(' and ')}. Replace the link with a regular file, or write the entry by hand.`,
  );
}

async function readBytes(real: string): Promise<{ bytes: Buffer; mode: number } | undefined> {
  // Refuses a link that has replaced the file meanwhile, and does not hang on a pipe that never ends.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const handle = await open(real, flags).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new Error('it is not a file');
    if (stats.size > maxBytes) throw new Error(`it has more than ${maxBytes / 1024 / 1024} MB`);
    return { bytes: await handle.readFile(), mode: stats.mode & 0o777 };
  } finally {
    await handle.close();
  }
}

/**
 * Reads the settings, if the file exists.
 * @param folders links may point anywhere inside these, and nowhere else.
 * @throws UsageError for a file outside of them, or one that can't be read as text.
 */
export async function openSettings(named: string, folders: readonly string[]): Promise<SettingsFile> {
  try {
    const real = await trueNameIn(folders, named);
    const read = await readBytes(real);
    if (read === undefined) return { named, real, found: undefined };
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(read.bytes);
    return { named, real, found: { ...read, text } };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const cause = codeOf(error) === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is not UTF-8' : messageOf(error);
    throw new UsageError(`${named} was not changed: it can't be read (${cause}). Repair it, or move it away.`, {
      cause: error,
    });
  }
}

/**
 * Writes the settings, and keeps the old ones in a new file next to them, which only the user may read.
 * @param mode of a new file. An existing file keeps its own mode, unless `isPrivate`: then it now holds a secret.
 * @returns the name of the backup, if there is one. @throws UsageError when the file can't be written.
 */
export async function replaceSettings(
  { named, real, found }: SettingsFile,
  text: string,
  { mode, isPrivate }: { mode: number; isPrivate: boolean },
): Promise<string | undefined> {
  try {
    await mkdir(dirname(real), { recursive: true });
    const backup = found === undefined ? undefined : await writeNew(`${real}.bak`, found.bytes, privateMode);
    await exchange(real, text, isPrivate ? privateMode : (found?.mode ?? mode));
    return backup;
  } catch (error) {
    throw new UsageError(`${named} can't be written (${messageOf(error)}).`, { cause: error });
  }
}

/** Restricts a file that holds a secret to its user. @returns whether others could read it until now. */
export async function keepPrivate({ named, real, found }: SettingsFile, platform: string): Promise<boolean> {
  if (platform === 'win32' || found === undefined || (found.mode & 0o077) === 0) return false;
  try {
    await chmod(real, privateMode);
    return true;
  } catch (error) {
    throw new UsageError(`${named} holds the key and can be read by others (${messageOf(error)}): chmod 600 it.`, {
      cause: error,
    });
  }
}
