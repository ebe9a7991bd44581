import { overStdio, serve } from './cli/serve.ts';
import { runAsProcess } from './process.ts';

/** What an editor starts: a server over stdio, without any code that would delay its start. */
void runAsProcess((_, io) => serve(io, overStdio));
