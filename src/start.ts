#!/usr/bin/env node
import { homedir } from 'node:os';
import { runProgram } from './code-cache.ts';

/** The bin: small, as what was kept of the programs is not kept of this. */

function programFor([command, ...more]: readonly string[]): string {
  const isServer = more.length === 0 && (command === undefined || command === 'serve');
  return isServer ? 'server.js' : 'program.js';
}

runProgram(programFor(process.argv.slice(2)), {
  env: process.env,
  platform: process.platform,
  homeDir: homedir(),
});
