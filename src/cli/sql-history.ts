import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { codeOf, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { isCommand } from './sql-commands.ts';
import { isComplete } from './sql-input.ts';

/** The statements and commands typed into the shell in the past. */
export interface History {
  /** Each whole, however many lines it has; newest first. */
  statements(): readonly string[];
  /** Takes a line. When it ends a statement, that is stored for this user alone; if that fails, it says so once. */
  take(line: string): void;
  /** Forgets the lines of a statement that has not ended. */
  drop(): void;
}

export const maxStatements = 1000;
/** Stands for a line break of a statement in the file, which has a statement a line. */
const lineBreak = '\r';

export function openHistory(file: string, log: Pick<Log, 'warn'>): History {
  let statements = read(file);
  let begun: string[] = [];
  let isTold = false;
  return {
    statements: () => statements,
    take: (line) => {
      begun = begun.length === 0 && line.trim() === '' ? [] : [...begun, line];
      const typed = begun.join('\n');
      if (!isComplete(typed) && !(begun.length === 1 && isCommand(line.trim()))) return;
      begun = [];
      statements = [typed, ...statements.filter((known) => known !== typed)].slice(0, maxStatements);
      try {
        replace(file, statements);
      } catch (error) {
        if (!isTold) log.warn(`the history can't be saved in ${file} (${messageOf(error)})`);
        isTold = true;
      }
    },
    drop: () => {
      begun = [];
    },
  };
}

/** Replaces the file with a new one that only its user can read. A link at that path is not followed. */
function replace(file: string, statements: readonly string[]): void {
  const fresh = `${file}.new`;
  const lines = statements.toReversed().map((statement) => `${statement.replaceAll('\n', lineBreak)}\n`);
  rmSync(fresh, { force: true });
  writeFileSync(fresh, lines.join(''), { mode: 0o600, flag: 'wx' });
  renameSync(fresh, file);
}

function read(file: string): string[] {
  try {
    if (!lstatSync(file).isFile()) return [];
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => line.replaceAll(lineBreak, '\n')).reverse();
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return [];
  }
}
