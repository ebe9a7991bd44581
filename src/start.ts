#!/usr/bin/env node
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { codeCacheFolder, runCached } from './code-cache.ts';
import { packageRoot } from './package-root.ts';

/** The bin, and the first script of the syncer's thread: small, as it alone is compiled at every start. */

const script = isMainThread ? 'program.js' : 'worker.js';
const surroundings = { env: process.env, platform: process.platform, homeDir: homedir() };
runCached(fileURLToPath(new URL(`dist/${script}`, packageRoot)), codeCacheFolder(surroundings));
