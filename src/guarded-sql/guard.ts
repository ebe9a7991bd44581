import { MirrorError, StoppedError, UsageError } from '../errors.ts';
import type { Cell } from './cells.ts';
import { type ChildrenOptions, createChildren, type Event, listen } from './children.ts';
import type { FromChild, Question } from './messages.ts';
import { createTurns } from './turns.ts';

/** What a statement gave, within its limits. */
export interface SqlAnswer {
  columns: string[];
  rows: Cell[][];
  /** There are more rows; nobody has counted how many. */
  truncated: boolean;
  /** How many cells are shown by their beginning. */
  cutCells: number;
}

/** A question, to whoever knows the owner. */
export type Asked = Omit<Question, 'owner'>;

export interface AskOptions {
  /** Who asks, told apart by identity: each has its share. */
  caller: object;
  /** From when the statement begins to run. */
  timeoutMs: number;
  /** Aborting it ends the statement. */
  signal?: AbortSignal;
}

/** Ad hoc SQL that can neither write, nor run for long, nor take much memory, nor keep anybody else waiting. */
export interface SqlGuard {
  /**
   * Runs one statement that reads, in another process.
   * @throws UsageError for one that is refused, fails, or takes too long or too much memory, and for one too many;
   * MirrorError for a file that can't be read; the signal's reason when it aborts.
   */
  ask(question: Asked, options: AskOptions): Promise<SqlAnswer>;
  /** Ends every statement, and every child. */
  stop(): Promise<void>;
}

export interface SqlGuardOptions extends ChildrenOptions {
  owner: Question['owner'];
}

/** A statement has a turn among the quick ones for so long. */
const quickMs = 400;
/** So no caller's statements keep another's waiting, and none keeps quick ones waiting. All places have a process each. */
const quickTurns = { places: 2, share: 2, line: 16 };
const slowTurns = { places: 3, share: 2, line: 16 };

/** A guard for mirrors of one owner. It starts a child when it is first asked. */
export function createSqlGuard({ clock, env, owner }: SqlGuardOptions): SqlGuard {
  const children = createChildren({ clock, env });
  const quick = createTurns(quickTurns);
  const slow = createTurns(slowTurns);
  const over = new AbortController();

  /** Runs it for `ms`, and when it is late, for as much longer as `longer` says. */
  async function attempt(question: Asked, signal: AbortSignal, ms: number, longer = () => 0) {
    const child = await children.take(signal);
    const ear = listen(child, signal, clock);
    let isWell = false;
    try {
      child.send({ ...question, owner } satisfies Question);
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

  /** Each statement begins as a quick one. When it is none, it goes on as a slow one, or begins anew when its turn comes. */
  async function ask(question: Asked, { caller, timeoutMs, signal: given }: AskOptions): Promise<SqlAnswer> {
    const signal = given ? AbortSignal.any([given, over.signal]) : over.signal;
    let leave = await quick.take(caller, signal);
    let isSlow = false;
    try {
      const event = await attempt(question, signal, Math.min(quickMs, timeoutMs), () => {
        const turn = timeoutMs > quickMs ? slow.takeNow(caller) : undefined;
        if (!turn) return 0;
        leave();
        leave = turn;
        isSlow = true;
        return timeoutMs - quickMs;
      });
      if (event.of !== 'late' || isSlow || timeoutMs <= quickMs) return answerIn(event, timeoutMs);
    } finally {
      leave();
    }
    leave = await slow.take(caller, signal);
    try {
      return answerIn(await attempt(question, signal, timeoutMs), timeoutMs);
    } finally {
      leave();
    }
  }

  return {
    ask,
    stop: async () => {
      over.abort(new StoppedError('The server ends.'));
      await children.stop();
    },
  };
}

function answerIn(event: Event, timeoutMs: number): SqlAnswer {
  if (event.of === 'late')
    throw new UsageError(
      `The statement took longer than ${timeoutMs / 1000} s and was ended. Narrow it: a WHERE on a time or an agent, a LIMIT, fewer joins.`,
    );
  if (event.of === 'ended')
    throw new UsageError(
      `The statement needed more memory than the 512 MB that it may have, and was ended (${event.how}). Narrow it: fewer rows to sort, no huge texts.`,
    );
  return answerOfChild(event.said);
}

function answerOfChild(said: FromChild): SqlAnswer {
  if (said.say === 'refused') throw new UsageError(said.message);
  if (said.say === 'unreadable') throw new MirrorError(said.kind, said.message);
  if (said.say !== 'rows')
    throw new Error(`the process for SQL ${said.say === 'failed' ? said.message : 'started twice'}`);
  const { columns, rows, truncated, cutCells } = said;
  return { columns, rows, truncated, cutCells };
}
