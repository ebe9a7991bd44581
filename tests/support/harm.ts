import { randomBytes } from 'node:crypto';
import { closeSync, openSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';

/** What befalls the files of a mirror that is in use, so that who opens it next reads something else than who has it open. */

const logOf = (file: string) => `${file}-wal`;

/** The inode stays, and the length. */
function fillWithGarbage(path: string): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, randomBytes(statSync(path).size));
  closeSync(fd);
}

export const harms = {
  '-wal deleted alone': (file: string) => rmSync(logOf(file)),
  '-shm deleted alone': (file: string) => rmSync(`${file}-shm`),
  '-wal replaced': (file: string) => {
    rmSync(logOf(file));
    writeFileSync(logOf(file), 'another');
  },
  'the file cut to nothing': (file: string) => truncateSync(file),
  '-wal cut to nothing': (file: string) => truncateSync(logOf(file)),
  '-wal overwritten with garbage': (file: string) => fillWithGarbage(logOf(file)),
  '-wal overwritten with less': (file: string) => writeFileSync(logOf(file), 'garbage'),
} as const;

export type Harm = keyof typeof harms;

export const harmNames: readonly Harm[] = [
  '-wal deleted alone',
  '-shm deleted alone',
  '-wal replaced',
  'the file cut to nothing',
  '-wal cut to nothing',
  '-wal overwritten with garbage',
  '-wal overwritten with less',
];
