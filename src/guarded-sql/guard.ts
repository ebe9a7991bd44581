import { StoppedError, UsageError } from '../errors.ts';
import type { Column } from '../text/rows.ts';
import type { Cell } from './cells.ts';
import { type ChildrenOptions, createChildren, type Event, listen } from './children.ts';
import type { Access, Question, ToChild } from './messages.ts';
import { saidIn, unforeseen } from './said.ts';
import { type AskedStream, type Streamed, type StreamOptions, takeStream } from './take-stream.ts';
import { createTurns } from './turns.ts';

/** The rows of a statement, within its limits. */
export interface SqlAnswer {
  columns: Column[];
  rows: Cell[][];
  /** There are more rows; how many is unknown. */
  truncated: boolean;
  /** How many cells are cut. */
  cutCells: number;
}

/** A question without whose mirror it is about, which the guard adds. */
export type Asked = Omit<Question, 'access'>;

export interface AskOptions {
  /** The caller, identified by object identity: each caller has its own share. */
  caller: object;
  /** Counts from the start of the statement. */
  timeoutMs: number;
  /** Aborting it ends the statement. */
  signal?: AbortSignal;
}

/** Ad hoc SQL that can't write, run for long, take much memory, or keep other callers waiting. */
export interface SqlGuard {
  /**
   * Runs one read-only statement in another process.
   * @throws UsageError for a statement that is refused, fails, takes too long or too much memory, or is one too many;
   * MirrorError for a file that can't be read; the signal's reason when it aborts.
   */
  ask(question: Asked, options: AskOptions): Promise<SqlAnswer>;
  /**
   * Runs one read-only statement in another process, and hands its rows on as text, however many they are. It waits for no turn: it
   * is for the one caller of a command.
   * @throws as `ask` does; and what `write` throws.
   */
  stream(question: AskedStream, options: StreamOptions): Promise<Streamed>;
  /** Ends every statement, and every child. */
  stop(): Promise<void>;
}

export interface SqlGuardOptions extends Pick<ChildrenOptions, 'clock' | 'env'> {
  access: Access;
}

/** SQLite takes a file for one that nobody changes only by its URI (src/db/open-any.ts). */
const settingsOf = ({ of }: Access): Record<string, string> => (of === 'anyone' ? { SQLITE_USE_URI: '1' } : {});

/** How long a statement may run on a quick turn. */
const quickMs = 400;
/**
 * With these, no caller's statements delay another caller's, and slow ones don't delay quick ones. Each place has its
 * own process.
 */
const quickTurns = { places: 2, share: 2, line: 16 };
const slowTurns = { places: 3, share: 2, line: 16 };

/** A guard for mirrors of one owner, or of anyone. It starts a child on the first question. */
export function createSqlGuard({ clock, env, access }: SqlGuardOptions): SqlGuard {
  const children = createChildren({ clock, env, settings: settingsOf(access) });
  const quick = createTurns(quickTurns);
  const slow = createTurns(slowTurns);
  const over = new AbortController();

  /** Runs it for `ms`; if that is not enough, for as much longer as `longer` says. */
  async function attempt(question: Asked, signal: AbortSignal, ms: number, longer = () => 0) {
    const child = await children.take(signal);
    const ear = listen(child, signal, clock);
    let isWell = false;
    try {
      child.send({ ask: 'rows', ...question, access } satisfies ToChild);
      let event = await ear.within(ms);
      const more = event.of === 'late' ? longer() : 0;
      if (more > 0) event = await ear.within(more);
      const said = event.of === 'said' ? event.said : undefined;
      isWell = said?.say === 'rows' ? said.isWell : said?.say === 'refused';
      return event;
    } finally {
      ear.close();
      children.giveBack(child, isWell);
    }
  }

  /**
   * Each statement starts on a quick turn. One that takes longer continues on a slow turn, or restarts when it gets
   * one.
   */
  async function ask(question: Asked, { caller, timeoutMs, signal: given }: AskOptions): Promise<SqlAnswer> {
    const signal = given ? AbortSignal.any([given, over.signal]) : over.signal;
    let release = await quick.take(caller, signal);
    let isSlow = false;
    try {
      const event = await attempt(question, signal, Math.min(quickMs, timeoutMs), () => {
        const turn = timeoutMs > quickMs ? slow.takeNow(caller) : undefined;
        if (!turn) return 0;
        release();
        release = turn;
        isSlow = true;
        return timeoutMs - quickMs;
      });
      if (event.of !== 'late' || isSlow || timeoutMs <= quickMs) return answerIn(event, timeoutMs);
    } finally {
      release();
    }
    release = await slow.take(caller, signal);
    try {
      return answerIn(await attempt(question, signal, timeoutMs), timeoutMs);
    } finally {
      release();
    }
  }

  return {
    ask,
    stream: (question, { signal: given, ...options }) => {
      const signal = given ? AbortSignal.any([given, over.signal]) : over.signal;
      return takeStream({ children, clock }, { ...question, access }, { ...options, signal });
    },
    stop: async () => {
      over.abort(new StoppedError('The server is stopping.'));
      await children.stop();
    },
  };
}

function answerIn(event: Event, timeoutMs: number): SqlAnswer {
  if (event.of === 'late')
    throw new UsageError(
      `The statement took longer than ${timeoutMs / 1000} s and was ended. Narrow it: a WHERE on a time or an agent, a LIMIT, fewer joins.`,
    );
  const said = saidIn(event);
  if (said.say !== 'rows') throw unforeseen(said);
  const { columns, rows, truncated, cutCells } = said;
  return { columns, rows, truncated, cutCells };
}
