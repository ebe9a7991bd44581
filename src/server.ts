import { overStdio, serve } from './cli/serve.ts';
import { runAsProcess } from './process.ts';

/** What an editor starts: a server over stdio, and nothing that would have it wait for more code. */
void runAsProcess((_, io) => serve(io, overStdio));
