import { readFile } from 'node:fs/promises';
import { packageRoot } from '../package-root.ts';

const file = new URL('dist/page.js', packageRoot);

/** The script of pages that follow the mirror: `browser/follow.ts`, as the build has bundled it. */
export const readScript = (): Promise<string> => readFile(file, 'utf8');
