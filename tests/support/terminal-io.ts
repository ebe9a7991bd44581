import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { systemClock } from '../../src/clock.ts';
import { mainScript, type Place } from './program.ts';

/** A terminal where somebody types `typed`, for a command of this process; `shown` is for when the command has ended. */
export function terminalIo(place: Place, typed = '') {
  const stream = () => Object.assign(new PassThrough(), { isTTY: true });
  const [stdin, stdout, stderr] = [stream(), stream(), stream()];
  stdin.end(typed);
  const shown = (output: PassThrough) => text(output.end());
  return {
    io: {
      surroundings: { env: place.env, platform: process.platform, homeDir: place.folder },
      workDir: place.folder,
      stdin,
      stdout,
      stderr,
      clock: systemClock,
      random: Math.random,
      version: '0.0.0',
      nodePath: process.execPath,
      mainScript,
      abandonOutput: () => {},
      onInterrupt: () => () => {},
    },
    shown: async () => ({ stdout: await shown(stdout), stderr: await shown(stderr) }),
  };
}
