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
  /** Makes the MCP server of a connection, and one for a client's first look at what the server can do. */
  createServer: () => Server;
  createListening: (notify: (uri: string) => void) => Listening;
  stdin: Readable;
  stdout: Writable;
  /** Called when the client takes no more output, so that the process does not wait for it. */
  abandonOutput: () => void;
  clock: Pick<Clock, 'sleep'>;
  log: Log;
}

/** Milliseconds for which answers still go out after the client has closed its end, or has stopped taking answers. */
const answerMs = 15_000;
const stuckMs = 1000;

/**
 * Serves MCP of any revision over a pair of streams until the client closes its end and has its answers, the pipe
 * breaks, or `signal` aborts. A line that is not a message is skipped; the log gets each kind of mistake once.
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
  // The listener stays: each answer that can't be written raises one more error, and none of them is news.
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
  // The client does not take the remaining output, and the process would wait for it.
  if (lines.behind() !== undefined) abandonOutput();
}

/** Resolves when the other end has taken none of its waiting output for a while. */
async function stuck({ behind }: LinesTransport, clock: Pick<Clock, 'sleep'>, signal: AbortSignal): Promise<void> {
  for (let before = behind(); !signal.aborted; before = behind()) {
    await clock.sleep(stuckMs, signal).catch(() => {});
    if (before !== undefined && behind() === before) return;
  }
}

/** Calls `report` once for each sentence: a client that sends rubbish sends it again and again. */
function once(report: (sentence: string) => void): (sentence: string) => void {
  const seen = new Set<string>();
  return (sentence) => {
    if (seen.has(sentence) || seen.size > 20) return;
    seen.add(sentence);
    report(sentence);
  };
}
