import type { Readable, Writable } from 'node:stream';
import type { Server } from '@modelcontextprotocol/server';
import { serveStdio as serveTransport } from '@modelcontextprotocol/server/stdio';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { createLinesTransport, type LinesTransport } from './lines-transport.ts';
import { type Listening, listenMethod } from './listening.ts';
import { cancelledBy } from './unanswered.ts';

export interface StdioDeps {
  /** Makes the MCP server of a connection; also of a first look at what the server can do. */
  createServer: () => Server;
  createListening: (tell: (uri: string) => void) => Listening;
  stdin: Readable;
  stdout: Writable;
  /** Called when what was written is not taken, and is not to be waited for. */
  abandonOutput: () => void;
  clock: Pick<Clock, 'sleep'>;
  log: Log;
}

/** How long a client that has closed its end is still answered, in milliseconds; and one that takes no answers. */
const answerMs = 5000;
const stuckMs = 1000;

/**
 * Speaks MCP of any revision over a pair of streams until the client closes its end and has its answers, the pipe breaks,
 * or `signal` aborts. A line that is no message is skipped, and of each kind of mistake the log is told once.
 */
export async function serveStdio(
  { createServer, createListening, stdin, stdout, abandonOutput, clock, log }: StdioDeps,
  signal: AbortSignal,
): Promise<void> {
  const warn = once((sentence: string) => log.warn(sentence));
  let modern: Server | undefined;
  const listening = createListening((uri) => {
    modern?.sendResourceUpdated({ uri }).catch(() => {});
  });
  const lines = createLinesTransport({
    input: stdin,
    output: stdout,
    warn,
    heard: (message) => {
      if ('method' in message && 'id' in message && message.method === listenMethod)
        listening.begin(message.id, message.params);
      const cancelled = cancelledBy(message);
      if (cancelled !== undefined) listening.end(cancelled);
    },
  });
  const { transport } = lines;
  const closed = Promise.withResolvers<void>();
  // For good: each answer that can't be written is one more error, and none of them is news.
  stdout.on('error', () => closed.resolve());
  signal.addEventListener('abort', () => closed.resolve(), { once: true });
  const heardAll = new Promise<void>((resolve) => {
    stdin.once('end', resolve);
    stdin.once('close', resolve);
  });

  const connection = serveTransport(
    ({ era }) => {
      const server = createServer();
      if (era === 'modern') modern = server;
      return server;
    },
    { transport, onerror: (error) => warn(messageOf(error)) },
  );
  const { onclose } = transport;
  transport.onclose = () => {
    onclose?.();
    closed.resolve();
  };
  await Promise.race([closed.promise, heardAll]);
  const ended = new AbortController();
  const late = clock.sleep(answerMs, ended.signal).catch(() => {});
  await Promise.race([closed.promise, lines.answered(), late, stuck(lines, clock, ended.signal)]);
  ended.abort();
  listening.stop();
  await connection.close();
  // Nobody takes what is left, and the process would wait for somebody who does.
  if (lines.behind() !== undefined) abandonOutput();
}

/** Resolves once the other end has taken nothing for a while of what waits for it. */
async function stuck({ behind }: LinesTransport, clock: Pick<Clock, 'sleep'>, signal: AbortSignal): Promise<void> {
  for (let before = behind(); !signal.aborted; before = behind()) {
    await clock.sleep(stuckMs, signal).catch(() => {});
    if (before !== undefined && behind() === before) return;
  }
}

/** `tell`, for what was not told before: a client that sends rubbish, sends it again and again. */
function once(tell: (sentence: string) => void): (sentence: string) => void {
  const told = new Set<string>();
  return (sentence) => {
    if (told.has(sentence) || told.size > 20) return;
    told.add(sentence);
    tell(sentence);
  };
}
