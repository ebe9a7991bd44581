import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { codeOf } from '../errors.ts';

/** Files that are written beside others' files: nothing that is there already is written over or through. */

/** For the user alone. */
export const privateMode = 0o600;
/** So many files of one name may stand beside each other. */
const maxCopies = 1000;

/** Writes a file that was not there: `base`, or the first number after it that is free. */
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

/** Puts `text` in the place of the file at `real` in one step. A link there is replaced, never followed. */
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
