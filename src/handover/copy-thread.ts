import { workerData } from 'node:worker_threads';
import * as z from 'zod';
import { copyMirror } from './copy.ts';

/** The thread that copies a mirror: its statements take seconds, in which the main thread goes on answering. */
const { mirror, target } = z.object({ mirror: z.string(), target: z.string() }).parse(workerData);
copyMirror(mirror, target);
