import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';
import { parseLine } from './lenient-message.ts';
import { listenMethod } from './listening.ts';
import { createUnanswered, type Unanswered } from './unanswered.ts';

/**
 * Characters of a line, and of all lines that wait to be read. A longer line ends the connection: no real client sends
 * one.
 */
const maxLine = 10 * 1024 * 1024;
/** The characters that a line counts for: even an empty line takes memory. */
const costOf = (line: string) => line.length + 1;
/** How many requests may wait for an answer. The next one is read when one of them is answered. */
const maxUnanswered = 256;

export interface LinesDeps {
  input: Readable;
  output: Writable;
  /** Receives each message before the server does. */
  heard(message: JSONRPCMessage): void;
  /** Receives a sentence about each skipped line. */
  warn(sentence: string): void;
}

export interface LinesTransport {
  transport: Transport;
  /** Resolves when every request is answered or cancelled, and the other end has taken the answers. */
  answered(): Promise<void>;
  /** How often the other end has taken output; undefined: no output waits. */
  behind(): number | undefined;
}

interface State extends LinesDeps {
  transport: Transport;
  onData: (chunk: Buffer) => void;
  decoder: StringDecoder;
  /** Lines that wait to be handled, and the start of a line that is not complete yet. */
  lines: string[];
  rest: string;
  waitingChars: number;
  unanswered: Unanswered;
  /** Callbacks that wait until every answer is sent. */
  idle: Set<() => void>;
  isTaking: boolean;
  isClosed: boolean;
  /** Resolves when the other end accepts output again; undefined: it accepts output now. */
  draining: Promise<void> | undefined;
  drains: number;
}

/**
 * JSON-RPC, one message a line, over a pair of streams. It reads requests only while the other end takes answers, so
 * that a client that asks and never reads costs no memory. It answers everything that has an id. The end of the input
 * does not end it, as answers may still be due.
 */
export function createLinesTransport(deps: LinesDeps): LinesTransport {
  const { input, output } = deps;
  const transport: Transport = {
    start: async () => {
      input.on('data', state.onData);
      // The last line may lack its line break.
      input.once('end', () => state.onData(Buffer.from('\n')));
      output.on('error', () => close(state));
    },
    send: (message) => send(state, message),
    close: async () => close(state),
  };
  const state: State = {
    ...deps,
    transport,
    onData: (chunk) => read(state, chunk),
    decoder: new StringDecoder('utf8'),
    lines: [],
    rest: '',
    waitingChars: 0,
    unanswered: createUnanswered(),
    idle: new Set(),
    isTaking: false,
    isClosed: false,
    draining: undefined,
    drains: 0,
  };
  return {
    transport,
    answered: () => (isIdle(state) ? Promise.resolve() : new Promise<void>((resolve) => state.idle.add(resolve))),
    behind: () => (state.draining ? state.drains : undefined),
  };
}

const isIdle = ({ lines, unanswered, draining }: State) => lines.length === 0 && unanswered.count() === 0 && !draining;

function close(state: State): void {
  if (state.isClosed) return;
  state.isClosed = true;
  state.input.off('data', state.onData);
  state.input.pause();
  state.transport.onclose?.();
}

function read(state: State, chunk: Buffer): void {
  const [end = '', ...more] = state.decoder.write(chunk).split('\n');
  state.rest += end;
  for (const begun of more) {
    state.lines.push(state.rest);
    state.waitingChars += costOf(state.rest);
    state.rest = begun;
  }
  if (state.rest.length > maxLine) {
    state.warn(`a line on stdin exceeded maximum size (${maxLine} characters); the connection is ended`);
    close(state);
  } else goOn(state);
}

/** Handles lines while the client takes answers, and reads no more than may wait. (An answer may arrive meanwhile.) */
function goOn(state: State): void {
  const { input, lines, unanswered, idle } = state;
  if (state.isTaking) return;
  state.isTaking = true;
  while (!state.isClosed && !state.draining && unanswered.count() < maxUnanswered) {
    const line = lines.shift();
    if (line === undefined) break;
    state.waitingChars -= costOf(line);
    take(state, line);
  }
  state.isTaking = false;
  if (state.isClosed || state.waitingChars > maxLine) input.pause();
  else input.resume();
  if (!isIdle(state)) return;
  for (const resolve of idle) resolve();
  idle.clear();
}

function take(state: State, line: string): void {
  if (line.trim() === '') return;
  const taken = parseLine(line);
  if ('answers' in taken) {
    state.warn('skipped a line on stdin that is not a JSON-RPC message');
    for (const answer of taken.answers) send(state, answer).catch(() => {});
    return;
  }
  const { message } = taken;
  // A request that listens stays open for as long as its client wants.
  if (!('method' in message && message.method === listenMethod)) state.unanswered.came(message);
  state.heard(message);
  state.transport.onmessage?.(message);
}

async function send(state: State, message: JSONRPCMessage): Promise<void> {
  if (state.isClosed) throw new Error('the connection is closed');
  if (!state.output.write(`${JSON.stringify(message)}\n`)) state.draining ??= drained(state);
  state.unanswered.went(message);
  goOn(state);
  await state.draining;
}

async function drained(state: State): Promise<void> {
  await new Promise<void>((resolve) => {
    state.output.once('drain', resolve);
    state.output.once('close', resolve);
  });
  state.draining = undefined;
  state.drains += 1;
  goOn(state);
}
