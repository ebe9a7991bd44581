import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Io } from './cli/io.ts';
import { systemClock } from './clock.ts';
import { codeOf, type ExitCode, exitCodeOf, exitCodes, messageOf } from './errors.ts';
import { packageRoot } from './package-root.ts';
import { printable } from './printable.ts';

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8'));
  const isObject = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isObject && typeof manifest.version === 'string' ? manifest.version : '0.0.0';
}

function onInterrupt(listener: () => void): () => void {
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
  return () => {
    process.off('SIGINT', listener);
    process.off('SIGTERM', listener);
  };
}

let isEnding = false;
/** Whether the reader of our output is gone. */
let isAbandoned = false;

/** Ends the process once its output has left it; if that fails, it says so. */
function end(code: number): void {
  if (isEnding) return;
  isEnding = true;
  if (isAbandoned) process.exit(code);
  process.stdout.write('', () => {
    const { errored } = process.stdout;
    // A reader that has seen enough (`| head`) is no error.
    const isLost = errored !== null && codeOf(errored) !== 'EPIPE';
    const said = isLost ? `dunetrace-mcp: the output is incomplete, because stdout failed (${errored.message}).\n` : '';
    process.stderr.write(said, () => process.exit(isLost && code === exitCodes.done ? exitCodes.partial : code));
  });
}

/**
 * Runs a command as this process. Nothing else reads argv and the environment's settings, and nothing else ends the
 * process.
 */
export async function runAsProcess(command: (args: readonly string[], io: Io) => Promise<ExitCode>): Promise<void> {
  // A command that listens, too, has more to end than itself.
  process.stdout.on('error', () => {
    if (process.stdout.listenerCount('error') === 1) end(exitCodes.done);
  });
  process.stderr.on('error', () => {});
  try {
    const code = await command(process.argv.slice(2), {
      surroundings: { env: process.env, platform: process.platform, homeDir: homedir() },
      workDir: process.cwd(),
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      clock: systemClock,
      random: Math.random,
      version: packageVersion(),
      nodePath: process.execPath,
      mainScript: fileURLToPath(new URL('dist/main.js', packageRoot)),
      abandonOutput: () => {
        isAbandoned = true;
      },
      onInterrupt,
    });
    end(code);
  } catch (error) {
    const code = exitCodeOf(error);
    process.stderr.write(`dunetrace-mcp: ${printable(messageOf(error))}\n`);
    if (code === exitCodes.bug && error instanceof Error)
      process.stderr.write(`${error.stack}\nThis is a bug in dunetrace-mcp.\n`);
    end(code);
  }
}
