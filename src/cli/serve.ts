import { readConfig } from '../config.ts';
import { type ExitCode, exitCodes } from '../errors.ts';
import { stderrLog } from '../log.ts';
import { createMcpServer } from '../mcp/server.ts';
import { serveStdio } from '../mcp/stdio.ts';
import { createNotices } from '../notices/watch.ts';
import { startSyncer } from '../sync/ensure.ts';
import type { Io } from './io.ts';

/** `dunetrace-mcp serve`: MCP over stdio, with the syncer in a thread of its own. */
export async function serve(io: Io): Promise<ExitCode> {
  const { surroundings, clock, version } = io;
  const config = readConfig(surroundings);
  const log = stderrLog((line) => io.stderr.write(line));
  const ensure = startSyncer({ clock, config, surroundings });
  const notices = createNotices({ ensure, clock, log });
  const server = createMcpServer({ context: { ensure, clock }, log, version, notices });
  const stop = new AbortController();
  const release = io.onInterrupt(() => stop.abort());
  try {
    await serveStdio(server, io.stdin, io.stdout, stop.signal);
  } finally {
    await ensure.stop();
    release();
  }
  return exitCodes.done;
}
