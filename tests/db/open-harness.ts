import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { afterEach, beforeEach } from 'vitest';
import type { Clock } from '../../src/clock.ts';
import { type OpenedMirror, openMirror, openReader, type Reader } from '../../src/db/open.ts';
import { bindKey, type Owner } from '../../src/db/owner.ts';
import { MirrorError } from '../../src/errors.ts';

/** What the tests of opening a mirror share. */

export const clock: Clock = { now: () => 1_778_678_340.5, monotonic: () => 0, sleep: async () => undefined };

export const owner: Owner = { apiUrl: 'http://localhost:8002', apiKey: 'dt_live_S3CR3T-never-stored' };

/** A folder of its own for each test of the file, and what the test opened in it, closed in the end. */
export function useFolder() {
  const place = { folder: '', file: '' };
  const open: { close(): void }[] = [];

  beforeEach(() => {
    place.folder = mkdtempSync(join(tmpdir(), 'dunetrace-open-'));
    place.file = join(place.folder, 'mirror.db');
  });

  afterEach(() => {
    for (const connection of open.splice(0)) connection.close();
    rmSync(place.folder, { recursive: true, force: true });
  });

  const keep = <Connection extends { close(): void }>(connection: Connection): Connection => {
    open.push(connection);
    return connection;
  };

  const openFor = (who: Owner = owner): OpenedMirror => {
    const opened = openMirror(place.file, who, clock);
    keep(opened.mirror);
    return opened;
  };

  const readFor = (who: Owner = owner): Reader => keep(openReader(place.file, who));

  /** Makes a mirror with one row in it, and closes it. */
  const makeMirror = (): void => {
    const { mirror } = openMirror(place.file, owner, clock);
    mirror.sqlite.prepare("insert into names (name) values ('TOOL_LOOP')").run();
    bindKey(place.file, mirror.db, owner);
    mirror.close();
  };

  return { place, keep, openFor, readFor, makeMirror };
}

export const names = (sqlite: Database.Database) => sqlite.prepare('select name from names').pluck().all();

export const mode = (path: string) => statSync(path).mode & 0o777;

/** The MirrorError that `work` must end in. */
export function refused(work: () => unknown): MirrorError {
  try {
    work();
  } catch (error) {
    if (error instanceof MirrorError) return error;
    throw error;
  }
  throw new Error('it was opened, where a MirrorError was to be thrown');
}
