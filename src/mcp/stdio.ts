import type { Readable, Writable } from 'node:stream';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { countUnanswered } from './unanswered.ts';

export interface StdioDeps {
  stdin: Readable;
  stdout: Writable;
  clock: Pick<Clock, 'sleep'>;
  log: Log;
}

/** How long a client that has closed its end is still answered, in milliseconds. */
const answerMs = 5000;

/**
 * Speaks MCP over a pair of streams until the client closes its end and has its answers, the pipe breaks, or `signal`
 * aborts. A line that is no message is skipped; one of more than 10 MiB (the SDK's buffer) ends it.
 */
export async function serveStdio(
  server: Server,
  { stdin, stdout, clock, log }: StdioDeps,
  signal: AbortSignal,
): Promise<void> {
  const stdio = new StdioServerTransport(stdin, stdout);
  const { transport, answered } = countUnanswered(stdio);
  const over = new Promise<void>((resolve) => {
    const end = () => resolve();
    // For good: each answer that can't be written is one more error, and none of them is news.
    stdout.on('error', end);
    signal.addEventListener('abort', end, { once: true });
    const { onclose } = server;
    server.onclose = () => {
      onclose?.();
      end();
    };
  });
  const heardAll = new Promise<void>((resolve) => {
    stdin.once('end', resolve);
    stdin.once('close', resolve);
  });
  const { onerror } = server;
  server.onerror = (error) => {
    onerror?.(error);
    const isNoMessage = error instanceof SyntaxError || error.name === 'ZodError';
    log.warn(isNoMessage ? 'a line on stdin is no JSON-RPC message; it was skipped' : messageOf(error));
  };
  await server.connect(transport);
  await Promise.race([over, heardAll]);
  const ended = new AbortController();
  const late = clock.sleep(answerMs, ended.signal).catch(() => {});
  await Promise.race([over, answered(), late]);
  ended.abort();
  await server.close();
}
