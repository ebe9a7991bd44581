import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { config } from '../../src/cli/config.ts';
import type { ConfigOptions } from '../../src/cli/config-entry.ts';
import type { OwnProgram } from '../../src/clients/launch.ts';
import { systemClock } from '../../src/clock.ts';
import { mainScript, type Place } from './program.ts';

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
  const stdin: PassThrough & { isTTY?: boolean } = new PassThrough();
  stdin.isTTY = true;
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  stdin.end(typed);
  const [nodePath, version] = [process.execPath, '0.0.0'];
  const surroundings = { env: place.env, platform: process.platform, homeDir: place.folder };
  const io = { surroundings, workDir: place.folder, stdin, stdout, stderr, clock: systemClock, random: Math.random };
  const rest = { version, nodePath, mainScript, abandonOutput: () => {}, onInterrupt: () => () => {} };
  const own = { platform: process.platform, version, nodePath, mainScript, isPublished: false, ...program };
  const code = await config({ ...io, ...rest }, name, options, own);
  stdout.end();
  stderr.end();
  return { code, stdout: await text(stdout), stderr: await text(stderr) };
}
