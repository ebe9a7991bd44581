import type { Clock } from '../clock.ts';
import { UsageError } from '../errors.ts';
import { type Children, listen, rowsOf } from './children.ts';
import type { Stream, ToChild } from './messages.ts';
import { saidIn, unforeseen } from './said.ts';

/** A stream without whose mirror it is from. */
export type AskedStream = Omit<Stream, 'access'>;

export interface StreamOptions {
  /** How long the statement may go on without a row, in milliseconds; who takes the rows may be as slow as they are. */
  timeoutMs: number;
  /** Takes text; the promise resolves when it can take more. */
  write(text: Uint8Array): Promise<void>;
  /** Aborting it ends the statement. */
  signal?: AbortSignal | undefined;
}

/** What was streamed, when all of it was written. */
export interface Streamed {
  rows: number;
  /** There are more rows; how many is unknown. */
  truncated: boolean;
  cutCells: number;
}

interface StreamDeps {
  children: Children;
  clock: Clock;
}

/** Copies the rows of a statement from its child to whoever takes them. The child waits while no more is taken, and ends with them. */
export async function takeStream(
  { children, clock }: StreamDeps,
  stream: Stream,
  { timeoutMs, write, signal }: StreamOptions & { signal: AbortSignal },
): Promise<Streamed> {
  const child = await children.take(signal);
  const ear = listen(child, signal, clock);
  const idle = createIdleness(clock, timeoutMs, () => child.kill('SIGKILL'));
  try {
    child.send({ ask: 'stream', ...stream } satisfies ToChild);
    await endingBy(signal, async () => {
      idle.begin();
      for await (const text of rowsOf(child)) {
        idle.end();
        await write(text);
        idle.begin();
      }
    });
    if (idle.isOver()) throw late(timeoutMs);
    const event = await ear.within(timeoutMs);
    if (event.of === 'late') throw late(timeoutMs);
    const said = saidIn(event);
    if (said.say !== 'streamed') throw unforeseen(said);
    return { rows: said.rows, truncated: said.truncated, cutCells: said.cutCells };
  } finally {
    idle.end();
    ear.close();
    children.giveBack(child, false);
  }
}

const late = (timeoutMs: number) =>
  new UsageError(
    `The statement went on for ${timeoutMs / 1000} s without a row and was ended. Narrow it (a WHERE on a time or an agent, fewer joins), or give it more time with --timeout.`,
  );

/** Calls `onOver` once `ms` milliseconds have passed between `begin` and `end`. */
function createIdleness(clock: Pick<Clock, 'sleep'>, ms: number, onOver: () => void) {
  let waiting = new AbortController();
  let isOver = false;
  return {
    begin: () => {
      waiting = new AbortController();
      clock.sleep(ms, waiting.signal).then(
        () => {
          isOver = true;
          onOver();
        },
        () => {},
      );
    },
    end: () => waiting.abort(),
    isOver: () => isOver,
  };
}

/** @throws the signal's reason when it aborts, even if the work waits for what never comes. */
async function endingBy(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  const over = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason), { signal: over.signal });
  });
  try {
    await Promise.race([work(), aborted]);
  } finally {
    over.abort();
  }
}
