import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { Surroundings } from '../config.ts';

/** Every part of the process that a command may use; main.ts passes in the real one. */
export interface Io {
  surroundings: Surroundings;
  /** The folder that the program was started in. */
  workDir: string;
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable & { isTTY?: boolean; columns?: number };
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
