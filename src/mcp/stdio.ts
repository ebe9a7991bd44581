import { PassThrough, type Readable, type Writable } from 'node:stream';
import type { Server } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio as serveTransport } from '@modelcontextprotocol/server/stdio';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Listening } from './listening.ts';
import { cancelledBy, createUnanswered, listenMethod } from './unanswered.ts';
import { watchedTransport } from './watched-transport.ts';

export interface StdioDeps {
  /** Makes the MCP server of a connection; also of a first look at what the server can do. */
  createServer: () => Server;
  createListening: (tell: (uri: string) => void) => Listening;
  stdin: Readable;
  stdout: Writable;
  clock: Pick<Clock, 'sleep'>;
  log: Log;
}

/** How long a client that has closed its end is still answered, in milliseconds. */
const answerMs = 5000;

/**
 * Speaks MCP of any revision over a pair of streams until the client closes its end and has its answers, the pipe breaks,
 * or `signal` aborts. A line that is no message is skipped; one of more than 10 MiB (the SDK's buffer) ends it.
 */
export async function serveStdio(
  { createServer, createListening, stdin, stdout, clock, log }: StdioDeps,
  signal: AbortSignal,
): Promise<void> {
  // The SDK drops the calls under way as soon as its input ends, so it reads from a stream that stays open.
  const input = new PassThrough();
  const heardAll = new Promise<void>((resolve) => {
    stdin.once('end', resolve);
    stdin.once('close', resolve);
  });
  let modern: Server | undefined;
  const listening = createListening((uri) => {
    modern?.sendResourceUpdated({ uri }).catch(() => {});
  });
  const unanswered = createUnanswered();
  const closed = Promise.withResolvers<void>();
  let isClosed = false;
  const close = () => {
    isClosed = true;
    closed.resolve();
  };
  const transport = watchedTransport(new StdioServerTransport(input, stdout), {
    heard: (message) => {
      unanswered.heard(message);
      if ('method' in message && 'id' in message && message.method === listenMethod)
        listening.begin(message.id, message.params);
      const cancelled = cancelledBy(message);
      if (cancelled !== undefined) listening.end(cancelled);
    },
    said: unanswered.said,
    closed: close,
  });
  // For good: each answer that can't be written is one more error, and none of them is news.
  stdout.on('error', close);
  signal.addEventListener('abort', close, { once: true });

  const connection = serveTransport(
    ({ era }) => {
      const server = createServer();
      if (era === 'modern') modern = server;
      return server;
    },
    {
      transport,
      onerror: (error) => {
        if (!isClosed) log.warn(lineOf(error));
      },
    },
  );
  stdin.pipe(input, { end: false });
  await Promise.race([closed.promise, heardAll]);
  const ended = new AbortController();
  const late = clock.sleep(answerMs, ended.signal).catch(() => {});
  await Promise.race([closed.promise, inputEnd(input).then(unanswered.answered), late]);
  ended.abort();
  listening.stop();
  await connection.close();
}

/** Resolves once the SDK has read all that was written. */
function inputEnd(input: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    input.write('', () => setImmediate(resolve));
  });
}

function lineOf(error: Error): string {
  const isNoMessage = error instanceof SyntaxError || error.name === 'ZodError';
  return isNoMessage ? 'a line on stdin is no JSON-RPC message; it was skipped' : messageOf(error);
}
