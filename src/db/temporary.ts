import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { codeOf } from '../errors.ts';

/** Places for files that last no longer than their process. */

/** The number of the process ends the name, before what the system makes up. */
const ending = /^(\d+)-\w{6}$/;
const general = 'dunetrace-mcp-';
const besides = (file: string) => `${basename(file)}.passing-`;

export interface TemporaryPlace {
  /** In a folder that none but this user can enter; there is nothing yet. */
  readonly file: string;
  remove(): void;
}

function makePlace(within: string, prefix: string): TemporaryPlace {
  const folder = mkdtempSync(join(within, `${prefix}${process.pid}-`));
  return { file: join(folder, 'mirror.db'), remove: () => removeFolder(folder) };
}

/** For a mirror whose own file can't be used. @throws a system error when there is no room for it either. */
export const makeTemporaryPlace = (): TemporaryPlace => makePlace(tmpdir(), general);

/** For a copy of a mirror, on the same disk as its file. @throws a system error when there is no room for it. */
export const makePlaceBeside = (file: string): TemporaryPlace => makePlace(dirname(file), besides(file));

/** Removes what processes of this user that were killed left behind; of an own mirror, beside its file too. */
export function sweepTemporaryPlaces(own?: string): void {
  sweep(tmpdir(), general);
  if (own !== undefined) sweep(dirname(own), besides(own));
}

function sweep(within: string, prefix: string): void {
  for (const name of namesIn(within)) {
    const pid = name.startsWith(prefix) ? Number(ending.exec(name.slice(prefix.length))?.[1]) : Number.NaN;
    if (!Number.isInteger(pid) || isAlive(pid)) continue;
    const folder = join(within, name);
    const found = lstatSync(folder, { throwIfNoEntry: false });
    if (found?.isDirectory() && found.uid === (process.getuid?.() ?? found.uid)) removeFolder(folder);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be asked, but is there.
    return codeOf(error) !== 'ESRCH';
  }
}

function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // The next server that starts tries again.
  }
}
