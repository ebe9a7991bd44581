import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { codeOf, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

/** The lines typed into the shell in the past, newest first, as node:readline keeps them. */
export interface History {
  readonly lines: string[];
  /** Stores the lines for this user alone. If that fails, it says so once. */
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
        if (!isTold) log.warn(`the history can't be saved in ${file} (${messageOf(error)})`);
        isTold = true;
      }
    },
  };
}

/** Replaces the file with a new one that only its user can read. A link at that path is not followed. */
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
