import type { OwnProgram } from '../clients/launch.ts';
import type { Io } from './io.ts';

/** This program, as a client could start it. */
export function ownProgram({ surroundings, version, nodePath, mainScript }: Io, isPublished: boolean): OwnProgram {
  return { platform: surroundings.platform, version, nodePath, mainScript, isPublished };
}
