import type { Readable, Writable } from 'node:stream';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';

/**
 * Speaks MCP over a pair of streams until the client closes its end, the pipe breaks, or `signal` aborts.
 */
export async function serveStdio(
  server: Server,
  stdin: Readable,
  stdout: Writable,
  signal: AbortSignal,
): Promise<void> {
  await server.connect(new StdioServerTransport(stdin, stdout));
  await new Promise<void>((resolve) => {
    const end = () => resolve();
    stdin.once('end', end);
    stdin.once('close', end);
    stdout.once('error', end);
    signal.addEventListener('abort', end, { once: true });
  });
  await server.close();
}
