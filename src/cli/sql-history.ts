import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { codeOf, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

/** What was typed into the shell before, newest first, as node:readline keeps it. */
export interface History {
  readonly lines: string[];
  /** Stores it for this user alone; that it can't be stored is told once. */
  save(lines: readonly string[]): void;
}

export function openHistory(file: string, log: Pick<Log, 'warn'>): History {
  let isTold = false;
  return {
    lines: read(file),
    save: (lines) => {
      try {
        replace(file, `${lines.toReversed().join('\n')}\n`);
      } catch (error) {
        if (!isTold) log.warn(`what you type can't be kept in ${file} (${messageOf(error)})`);
        isTold = true;
      }
    },
  };
}

/** Puts a new file in its place, readable by its user alone: a link that stands there is not followed. */
function replace(file: string, text: string): void {
  const fresh = `${file}.new`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' });
  renameSync(fresh, file);
}

function read(file: string): string[] {
  try {
    return lstatSync(file).isFile() ? readFileSync(file, 'utf8').split('\n').filter(Boolean).reverse() : [];
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return [];
  }
}
