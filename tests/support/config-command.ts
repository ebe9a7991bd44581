import { config } from '../../src/cli/config.ts';
import type { ConfigOptions } from '../../src/cli/config-entry.ts';
import type { OwnProgram } from '../../src/clients/launch.ts';
import type { Place } from './program.ts';
import { terminalIo } from './terminal-io.ts';

export interface Asked {
  place: Place;
  /** The client; left out, the command asks for it. */
  name?: string;
  options?: ConfigOptions;
  /** What somebody types on the terminal. */
  typed?: string;
  /** Where the program comes from, when that is not this checkout. */
  program?: Partial<OwnProgram>;
}

/** The command `config` in this process: on a terminal, and as any program that a user may have. */
export async function runConfig({ place, name, options = {}, typed = '', program = {} }: Asked) {
  const { io, shown } = terminalIo(place, typed);
  const { version, nodePath, mainScript } = io;
  const own = { platform: process.platform, version, nodePath, mainScript, isPublished: false, ...program };
  const code = await config(io, name, options, own);
  return { code, ...(await shown()) };
}
