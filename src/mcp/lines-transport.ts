import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';
import { parseLine } from './lenient-message.ts';
import { listenMethod } from './listening.ts';
import { createUnanswered } from './unanswered.ts';

/** Characters of a line, and of all lines that wait to be read. A longer line ends the connection: nobody sends it in earnest. */
const maxLine = 10 * 1024 * 1024;
/** Characters that a line counts for: one that is empty takes room, too. */
const costOf = (line: string) => line.length + 1;
/** So many requests may be without an answer; the next is read once one of them has its own. */
const maxUnanswered = 256;

export interface LinesDeps {
  input: Readable;
  output: Writable;
  /** Hears of each message before the server does. */
  heard(message: JSONRPCMessage): void;
  /** Hears, in a sentence, of what was skipped. */
  warn(sentence: string): void;
}

export interface LinesTransport {
  transport: Transport;
  /** Resolves as soon as every request that came in has its answer, or was cancelled, and the other end has taken them. */
  answered(): Promise<void>;
  /** How often the other end has taken what was written; undefined: nothing waits for it to. */
  behind(): number | undefined;
}

/**
 * JSON-RPC, a message a line, over a pair of streams. It takes a request only while the other end takes answers, so that a
 * client that asks and never reads costs no memory; it answers whatever has an id; and the end of the input does not end it,
 * as answers may still be due.
 */
export function createLinesTransport({ input, output, heard, warn }: LinesDeps): LinesTransport {
  const decoder = new StringDecoder('utf8');
  const lines: string[] = [];
  /** The beginning of a line. */
  let rest = '';
  let waitingChars = 0;
  const unanswered = createUnanswered();
  const idle = new Set<() => void>();
  let isTaking = false;
  let isClosed = false;
  let draining: Promise<void> | undefined;
  let drains = 0;

  const isIdle = () => lines.length === 0 && unanswered.count() === 0 && !draining;

  async function close(): Promise<void> {
    if (isClosed) return;
    isClosed = true;
    input.off('data', read);
    input.pause();
    transport.onclose?.();
  }

  function read(chunk: Buffer): void {
    const [end = '', ...more] = decoder.write(chunk).split('\n');
    rest += end;
    for (const begun of more) {
      lines.push(rest);
      waitingChars += costOf(rest);
      rest = begun;
    }
    if (rest.length > maxLine) {
      warn(`a line on stdin exceeded maximum size (${maxLine} characters); the connection is ended`);
      void close();
    } else goOn();
  }

  /** Takes lines for as long as answers leave, and reads no more than may wait. (An answer may come while its line is taken.) */
  function goOn(): void {
    if (isTaking) return;
    isTaking = true;
    while (!isClosed && !draining && unanswered.count() < maxUnanswered) {
      const line = lines.shift();
      if (line === undefined) break;
      waitingChars -= costOf(line);
      take(line);
    }
    isTaking = false;
    if (isClosed || waitingChars > maxLine) input.pause();
    else input.resume();
    if (!isIdle()) return;
    for (const resolve of idle) resolve();
    idle.clear();
  }

  function take(line: string): void {
    if (line.trim() === '') return;
    const taken = parseLine(line);
    if ('answers' in taken) {
      warn('a line on stdin is no JSON-RPC message; it was skipped');
      for (const answer of taken.answers) send(answer).catch(() => {});
      return;
    }
    const { message } = taken;
    // One that listens is open for as long as its client wants.
    if (!('method' in message && message.method === listenMethod)) unanswered.came(message);
    heard(message);
    transport.onmessage?.(message);
  }

  async function send(message: JSONRPCMessage): Promise<void> {
    if (isClosed) throw new Error('the connection is closed');
    if (!output.write(`${JSON.stringify(message)}\n`)) draining ??= drained();
    unanswered.went(message);
    goOn();
    await draining;
  }

  async function drained(): Promise<void> {
    await new Promise<void>((resolve) => {
      output.once('drain', resolve);
      output.once('close', resolve);
    });
    draining = undefined;
    drains += 1;
    goOn();
  }

  const transport: Transport = {
    start: async () => {
      input.on('data', read);
      // A last line may lack its end.
      input.once('end', () => read(Buffer.from('\n')));
      output.on('error', () => void close());
    },
    send,
    close,
  };
  return {
    transport,
    answered: () => (isIdle() ? Promise.resolve() : new Promise<void>((resolve) => idle.add(resolve))),
    behind: () => (draining ? drains : undefined),
  };
}
