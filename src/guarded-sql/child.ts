import { closeSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { isMainThread, Worker } from 'node:worker_threads';
import { messageOf } from '../errors.ts';
import type { FromChild, ToChild } from './messages.ts';

/**
 * The child process that runs statements, one at a time. No other thread of the same process could interrupt SQLite,
 * and no limit of V8 or of this build of SQLite bounds its memory. So a second thread, of the same file, watches the
 * first while it is busy, and ends the process by a signal, which nothing can delay.
 */

/** Resident memory of the whole process in bytes, including Node's own 50 to 80 MB. */
const maxBytes = 512e6;
/** A child that has grown beyond this runs no further statement. */
const wellBytes = maxBytes / 2;
const watchMs = 10;

/** The pipe for rows that leave as text. Node touches none of it, so that a write waits until there is room. */
const rowsPipe = 4;

/** Resident memory in bytes; on a system without /proc, the peak so far. */
function residentBytes(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

function watch(): void {
  const end = () => process.kill(process.pid, 'SIGKILL');
  setInterval(() => {
    if (residentBytes() > maxBytes) end();
  }, watchMs);
  // The parent never writes into this pipe. It closes when the parent ends, however that happens.
  new Socket({ fd: 0, readable: true, writable: false }).on('close', end).resume();
}

/** Returns when the text has left. */
function writeOut(text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) written += writeSync(rowsPipe, bytes, written);
}

async function serve(): Promise<void> {
  const [{ answerOf }, { streamOf }, { toChild }] = await Promise.all([
    import('./answer.ts'),
    import('./stream.ts'),
    import('./messages.ts'),
  ]);
  const say = (message: FromChild) => process.send?.(message);
  const answerTo = (asked: ToChild): FromChild => {
    if (asked.ask === 'rows') {
      const answer = answerOf(asked);
      return 'isWell' in answer ? { ...answer, isWell: residentBytes() < wellBytes } : answer;
    }
    try {
      return streamOf(asked, writeOut);
    } finally {
      // Whatever went wrong, nobody waits for more rows.
      closeSync(rowsPipe);
    }
  };
  process.on('message', (message: unknown) => {
    try {
      say(answerTo(toChild.parse(message)));
    } catch (error) {
      say({ say: 'failed', message: messageOf(error) });
    }
  });
  new Worker(new URL(import.meta.url)).once('online', () => say({ say: 'ready' }));
}

if (isMainThread) void serve();
else watch();
