import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';

/** A place for a mirror that lasts no longer than its process, where its own file can't be used. */

const prefix = 'dunetrace-mcp-';
const named = /^dunetrace-mcp-(\d+)-\w{6}$/;

export interface TemporaryPlace {
  /** In a folder that none but this user can enter; there is nothing yet. */
  readonly file: string;
  remove(): void;
}

/** @throws a system error when there is no room for it either. */
export function makeTemporaryPlace(): TemporaryPlace {
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  return { file: join(folder, 'mirror.db'), remove: () => removeFolder(folder) };
}

/** Removes what processes of this user that were killed left behind. */
export function sweepTemporaryPlaces(): void {
  for (const name of namesIn(tmpdir())) {
    const pid = Number(named.exec(name)?.[1]);
    if (!Number.isInteger(pid) || isAlive(pid)) continue;
    const folder = join(tmpdir(), name);
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
