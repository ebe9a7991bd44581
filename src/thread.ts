import { homedir } from 'node:os';
import { runProgram } from './code-cache.ts';

/** The first script of the syncer's thread. */
runProgram('worker.js', { env: process.env, platform: process.platform, homeDir: homedir() });
