import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { Surroundings } from '../config.ts';

/** Everything of the process that a command may touch; main.ts hands in the real one. */
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
  /** The script to start for another process of this program. */
  mainScript: string;
  /** What was printed and is not taken is not waited for at the end. */
  abandonOutput(): void;
  /** Calls `listener` on SIGINT and SIGTERM instead of ending the process. @returns how to stop that. */
  onInterrupt(listener: () => void): () => void;
}
