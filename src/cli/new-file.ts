import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { codeOf } from '../errors.ts';

/** Writes files next to files of other programs. It never overwrites an existing file or writes through a link. */

/** Readable and writable by the user alone. */
export const privateMode = 0o600;
/** How many files of one name may exist side by side. */
const maxCopies = 1000;

/** Writes a new file: `base`, or `base` with the first number that is free. */
export async function writeNew(base: string, content: string | Buffer, mode: number): Promise<string> {
  for (let copy = 1; copy <= maxCopies; copy += 1) {
    const name = copy === 1 ? base : `${base}.${copy}`;
    try {
      await writeFile(name, content, { flag: 'wx', mode });
      return name;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
  throw new Error(`there are ${maxCopies} files like ${base} already`);
}

/** Replaces the file at `real` with `text` in one step. A link there is replaced, never followed. */
export async function exchange(real: string, text: string, mode: number): Promise<void> {
  const draft = await writeNew(`${real}.new`, text, privateMode);
  try {
    await chmod(draft, mode);
    await rename(draft, real);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
