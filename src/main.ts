#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { runProgram } from './cli/program.ts';
import { systemClock } from './clock.ts';
import { exitCodeOf, exitCodes, messageOf } from './errors.ts';
import { printable } from './printable.ts';

/** The bin: the only reader of argv and environment, and the only one who ends the process. */

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
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

/** Ends the process once what it printed has left it. */
function end(code: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

async function main(): Promise<void> {
  // A reader that has seen enough (`| head`) is no error. A command that listens too has more to end than itself.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (process.stdout.listenerCount('error') === 1)
      process.exit(error.code === 'EPIPE' ? exitCodes.done : exitCodes.bug);
  });
  process.stderr.on('error', () => {});
  try {
    const code = await runProgram(process.argv.slice(2), {
      surroundings: { env: process.env, platform: process.platform, homeDir: homedir() },
      workDir: process.cwd(),
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      clock: systemClock,
      random: Math.random,
      version: packageVersion(),
      mainScript: fileURLToPath(import.meta.url),
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

await main();
