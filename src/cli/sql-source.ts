import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '../config.ts';
import { copyWithLog, reachOf } from '../db/file.ts';
import { makeTemporaryPlace, sweepTemporaryPlaces } from '../db/temporary.ts';
import { MirrorError, messageOf } from '../errors.ts';
import type { Access } from '../guarded-sql/messages.ts';

/** The mirror that statements read. */
export interface Source {
  file: string;
  access: Access;
  /** Removes what was made to read it. */
  remove(): void;
}

export function ownSource({ dbFile, apiUrl, apiKey }: Config): Source {
  return { file: dbFile, access: { of: 'owner', apiUrl, apiKey }, remove: () => {} };
}

/**
 * Anyone's mirror at a path. A -wal that nobody has open can only be read where SQLite may write beside it, and so not in its place:
 * a private copy is read then.
 * @throws MirrorError when there is no room for the copy.
 */
export function anySource(path: string, workDir: string): Source {
  const named = resolve(workDir, path);
  // SQLite keeps a -wal beside the file itself, not beside a link to it.
  const file = existsSync(named) ? realpathSync(named) : named;
  const access = { of: 'anyone' } as const;
  if (reachOf(file) !== 'with its log') return { file, access, remove: () => {} };
  sweepTemporaryPlaces();
  const place = makeTemporaryPlace();
  try {
    copyWithLog(file, place.file);
  } catch (error) {
    place.remove();
    throw new MirrorError('unusable', `The mirror ${file} can't be copied to be read (${messageOf(error)}).`);
  }
  return { file: place.file, access, remove: place.remove };
}
