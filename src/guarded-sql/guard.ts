import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import PQueue from 'p-queue';
import type { Clock } from '../clock.ts';
import { MirrorError, UsageError } from '../errors.ts';
import { packageRoot } from '../package-root.ts';
import type { Cell } from './cells.ts';
import { type FromChild, fromChild, type Question } from './messages.ts';

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
  timeoutMs: number;
  /** Aborting it ends the statement. */
  signal?: AbortSignal;
}

/** Ad hoc SQL that can neither write, nor run for long, nor take much memory, nor keep anybody else waiting. */
export interface SqlGuard {
  /**
   * Runs one statement that reads, in another process.
   * @throws UsageError for one that is refused, fails, or takes too long or too much memory; MirrorError for a file that
   * can't be read; the signal's reason when it aborts.
   */
  ask(question: Asked, options: AskOptions): Promise<SqlAnswer>;
  /** Ends every child. */
  stop(): Promise<void>;
}

/** Processes at once; who comes later waits. */
const lanes = 2;
/** A child starts in a quarter of a second; one kept warm answers in milliseconds, and costs 80 MB. */
const warmMs = 60_000;
const startMs = 20_000;
const script = fileURLToPath(new URL('dist/child.js', packageRoot));

type Event = { of: 'said'; said: FromChild } | { of: 'ended'; how: string } | { of: 'late' };

/** What happens first: the child says something, it ends, or the time is up. */
async function next(child: ChildProcess, ms: number, signal: AbortSignal | undefined, clock: Clock): Promise<Event> {
  const over = new AbortController();
  const until = { signal: signal ? AbortSignal.any([over.signal, signal]) : over.signal };
  const said = once(child, 'message', until).then(
    ([message]): Event => ({ of: 'said', said: fromChild.parse(message) }),
  );
  const ended = once(child, 'exit', until).then(([code, how]): Event => ({ of: 'ended', how: String(how ?? code) }));
  const late = clock.sleep(ms, until.signal).then((): Event => ({ of: 'late' }));
  try {
    return await Promise.race([said, ended, late]);
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    over.abort();
  }
}

/** A guard for mirrors of one owner. It starts a child when it is first asked. */
export function createSqlGuard({ clock, owner }: { clock: Clock; owner: Question['owner'] }): SqlGuard {
  const queue = new PQueue({ concurrency: lanes });
  const living = new Set<ChildProcess>();
  let warm: { child: ChildProcess; leave: AbortController } | undefined;

  function begin(): ChildProcess {
    // No earlier: no start waits for a part of Node that few sessions need.
    const child = process.getBuiltinModule('node:child_process').fork(script, [], {
      execArgv: ['--max-old-space-size=256'],
      stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
    });
    living.add(child);
    child.on('error', () => {});
    child.once('exit', () => {
      living.delete(child);
      if (warm?.child === child) warm = undefined;
    });
    return child;
  }

  function keep(child: ChildProcess): void {
    if (warm) {
      child.kill('SIGKILL');
      return;
    }
    const leave = new AbortController();
    warm = { child, leave };
    clock.sleep(warmMs, leave.signal).then(
      () => child.kill('SIGKILL'),
      () => {},
    );
  }

  function take(): ChildProcess | undefined {
    const taken = warm;
    warm = undefined;
    taken?.leave.abort();
    return taken?.child;
  }

  async function started(signal: AbortSignal | undefined): Promise<ChildProcess> {
    const child = begin();
    const event = await next(child, startMs, signal, clock).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    });
    if (event.of === 'said') return child;
    child.kill('SIGKILL');
    throw new Error(`the process for SQL did not start (${event.of === 'ended' ? event.how : 'in time'})`);
  }

  async function run(question: Asked, { timeoutMs, signal }: AskOptions): Promise<SqlAnswer> {
    signal?.throwIfAborted();
    const child = take() ?? (await started(signal));
    let isWell = false;
    try {
      child.send({ ...question, owner } satisfies Question);
      const event = await next(child, timeoutMs, signal, clock);
      if (event.of === 'late')
        throw new UsageError(
          `The statement took longer than ${timeoutMs / 1000} s and was ended. Narrow it: a WHERE on a time or an agent, a LIMIT, fewer joins.`,
        );
      if (event.of === 'ended')
        throw new UsageError(
          `The statement needed more memory than the 512 MB that it may have, and was ended (${event.how}). Narrow it: fewer rows to sort, no huge texts.`,
        );
      const { said } = event;
      isWell = said.say === 'rows' ? said.isWell : said.say === 'refused';
      return answerIn(said);
    } finally {
      if (isWell) keep(child);
      else child.kill('SIGKILL');
    }
  }

  return {
    ask: (question, options) => queue.add(() => run(question, options)),
    stop: async () => {
      warm?.leave.abort();
      const ended = [...living].map((child) => once(child, 'exit'));
      for (const child of living) child.kill('SIGKILL');
      await Promise.all(ended);
    },
  };
}

function answerIn(said: FromChild): SqlAnswer {
  if (said.say === 'refused') throw new UsageError(said.message);
  if (said.say === 'unreadable') throw new MirrorError(said.kind, said.message);
  if (said.say !== 'rows')
    throw new Error(`the process for SQL ${said.say === 'failed' ? said.message : 'started twice'}`);
  const { columns, rows, truncated, cutCells } = said;
  return { columns, rows, truncated, cutCells };
}
