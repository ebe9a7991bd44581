import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { Config, Surroundings } from '../config.ts';
import type { ExitCode } from '../errors.ts';
import { type Log, openLog } from '../log.ts';

/** Every part of the process that a command may use; main.ts passes in the real one. */
export interface Io {
  surroundings: Surroundings;
  /** The folder that the program was started in. */
  workDir: string;
  stdin: Readable & { isTTY?: boolean; setRawMode?: (isRaw: boolean) => unknown };
  stdout: Writable & { isTTY?: boolean; columns?: number; rows?: number };
  stderr: Writable & { isTTY?: boolean; columns?: number };
  clock: Clock;
  random: () => number;
  /** This package's version. */
  version: string;
  /** The Node that runs this program, and the script to start for another process of it: absolute paths. */
  nodePath: string;
  mainScript: string;
  /** Makes the process exit without waiting for a reader to take the output that is left. */
  abandonOutput(): void;
  /** Calls `listener` on SIGINT and SIGTERM instead of ending the process. @returns a function that undoes this. */
  onInterrupt(listener: () => void): () => void;
}

/** What the commands need, and the exit code of the one that runs. */
export interface Run {
  io: Io;
  code: ExitCode;
}

/** The log of a command, with the events where the setting says. @throws UsageError when its file can't be written. */
export function openIoLog({ stderr, clock }: Pick<Io, 'stderr' | 'clock'>, config: Pick<Config, 'log'>): Log {
  return openLog(config.log, { write: (line) => stderr.write(line), clock, pid: process.pid });
}

/** The same with `--verbose`, which is DUNETRACE_LOG=stderr. */
export function verboseIo(io: Io, isVerbose: boolean | undefined): Io {
  if (!isVerbose) return io;
  const { surroundings } = io;
  return { ...io, surroundings: { ...surroundings, env: { ...surroundings.env, DUNETRACE_LOG: 'stderr' } } };
}
