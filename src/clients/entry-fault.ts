import { packageName } from './launch.ts';
import { type Place, pathOf } from './places.ts';

/** Finds what keeps a client from starting this server, or from starting it at once. */

export interface Machine {
  place: Place;
  /** Whether the registry has the package. */
  isPublished: boolean;
  isThere(path: string): boolean;
  isOnPath(program: string): boolean;
}

/** A program's name without its folder and ending, whatever the platform. */
const bareName = (program: string) => (program.split(/[\\/]/).at(-1) ?? '').replace(/\.(exe|cmd|bat)$/i, '');

/** The fault of an entry that has npx fetch the package `spec`. */
function npxFault(spec: string, words: readonly string[], isPublished: boolean): string | undefined {
  if (!isPublished) return 'has npx fetch a package that is not published: whoever takes its name gets the key';
  const isFixed = /@\d+\.\d+\.\d+/.test(spec);
  const isOfflineFirst = words.includes('--prefer-offline') || words.includes('--offline');
  if (isFixed && isOfflineFirst) return undefined;
  return 'asks the registry at each start, and waits a minute where it is out of reach';
}

/**
 * What is wrong with an entry that starts `words`, to follow the client's name in a sentence; undefined: nothing.
 * @param words the program and its arguments.
 */
export function entryFault(words: readonly [string, ...string[]], machine: Machine): string | undefined {
  const [program, ...args] = words;
  const { isAbsolute } = pathOf(machine.place);
  const spec = args.find((word) => word === packageName || word.startsWith(`${packageName}@`));
  if (spec !== undefined && words.some((word) => bareName(word) === 'npx')) {
    return npxFault(spec, words, machine.isPublished);
  }
  const script = args.find((word) => isAbsolute(word) && /\.[cm]?js$/.test(word));
  const missing = [program, script].find((path) => path !== undefined && isAbsolute(path) && !machine.isThere(path));
  if (missing !== undefined) return `starts ${missing}, which is not there`;
  const isKnown = /[\\/]/.test(program) || machine.isOnPath(program);
  return isKnown ? undefined : `starts ${program}, which is in no folder of PATH here`;
}
