import type { Clock } from '../clock.ts';
import type { Config, Surroundings } from '../config.ts';
import type { Reader } from '../db/open.ts';
import { pollerOf } from '../db/poller.ts';
import { clockSentence, type ServerTime, serverTime } from '../db/server-time.ts';
import { inSnapshot } from '../db/snapshot.ts';
import type { Log } from '../log.ts';
import { type Freshness, freshnessOf, isFresh, readMirrorState, type Scope, whyInVain } from './freshness.ts';
import type { Passed, Trouble, Want } from './messages.ts';
import { createMisses } from './misses.ts';
import { agentQuestion, fleetQuestion, type Question, runQuestion, signalQuestion } from './questions.ts';
import { createReading } from './reading.ts';
import { createSyncerThread, type Synced, type SyncerThreadDeps } from './syncer-thread.ts';
import type { Progress } from './tally.ts';

/** What the mirror can tell about a question, and what kept it from telling more. */
export interface Ensured {
  freshness: Freshness;
  /** What windows and the ages of rows count by. */
  time: ServerTime;
  /** Why the API could not be asked; of kind `not_found`: it knows no such thing; `late`: it has not answered in time. */
  trouble?: Trouble | undefined;
}

export interface Refreshed extends Ensured {
  passed?: Passed | undefined;
}

/** Answers a question from the mirror as it is at one moment, of which it is told, without waiting for anything. */
export type FromMirror<Answer> = (mirror: Reader, ensured: Ensured) => Answer;

/** The same about one thing; `id` is the one that was meant. */
export type AboutOne<Answer> = (mirror: Reader, ensured: Ensured, id: string) => Answer;

/** The id of the thing that somebody means, as far as the mirror knows. @throws for what means no thing. */
export type Meant = (mirror: Reader) => string;

/**
 * The main thread's side of the syncer. It sees to it that the mirror holds what a question needs, waits for that no
 * longer than the budget, and has it answered, with how fresh the answer is. It never fails because the API does.
 */
export interface Ensure {
  /** The usual time between two polls, in milliseconds; 0: nothing polls. */
  readonly pollMs: number;
  /** Resolves once the syncer's thread has opened the mirror, or failed to; waiting for it hurries nothing. */
  readonly opened: Promise<void>;
  /** The mirror, once it can be read. @throws MirrorError when it can't. */
  reader(): Promise<Reader>;
  /** After an error of a query on the reader: @returns whether the file was at fault, so that asking again may help. */
  mend(error: unknown): Promise<boolean>;
  fleet<Answer>(answer: FromMirror<Answer>): Promise<Answer>;
  agent<Answer>(meant: Meant, answer: AboutOne<Answer>): Promise<Answer>;
  run<Answer>(meant: Meant, answer: AboutOne<Answer>): Promise<Answer>;
  /** A signal is known by its number alone; its agent narrows down where to look for one that the mirror lacks. */
  signal<Answer>(id: number, agent: Meant | undefined, answer: FromMirror<Answer>): Promise<Answer>;
  /** From the mirror as it is: nothing is synced. */
  asItIs<Answer>(answer: FromMirror<Answer>): Promise<Answer>;
  /**
   * A pass that begins now, over all agents or one, however long it takes.
   * @throws the signal's reason when it aborts; what was committed stays.
   */
  refresh(
    agentId: string | undefined,
    options: { signal: AbortSignal; onProgress: (progress: Progress) => void },
  ): Promise<Refreshed>;
  /** Whether any process polls the API for the mirror; a server that has just begun is about to. */
  isPolled(): Promise<boolean>;
  /** Ends the syncer's thread; what it committed stays. */
  stop(): Promise<void>;
}

export interface EnsureDeps {
  clock: Clock;
  log: Log;
  newThread?: SyncerThreadDeps['newThread'];
  config: Pick<Config, 'dbFile' | 'apiUrl' | 'apiKey' | 'pollMs' | 'liveBudgetMs' | 'maxBytes'>;
  /** Handed on to the syncer's thread. */
  surroundings: Surroundings;
}

const callMs = 1000;

/** By then, a server that has begun polls, or another on its file does. */
const startMs = 60_000;

/** How long the syncer's thread, which nobody has asked for anything, waits for the client's first questions to be answered. */
const beginMs = 500;

/** What came of a sync that goes on while its question is answered. */
function lateness(far: Progress | undefined): Trouble {
  const soFar = far ? ` (${far.rows} of about ${far.rowsTotal} rows so far)` : '';
  return { kind: 'late', message: `the API has not told all yet${soFar}; ask again in a moment` };
}

/** Starts the syncer, in a thread that begins when it is first needed, or in a moment. */
export function startSyncer({ clock, log, config, surroundings, newThread }: EnsureDeps): Ensure {
  const { pollMs, liveBudgetMs } = config;
  const misses = createMisses(clock);
  const reading = createReading({ clock, config, thread: () => thread });
  const events = { onBegin: reading.close, onHome: reading.hear };
  const thread = createSyncerThread(surroundings, events, { clock, log, newThread });
  const stopped = new AbortController();
  clock.sleep(beginMs, stopped.signal).then(thread.begin, () => {});
  const openedReader = reading.reader;

  const stateOf = (mirror: Reader, scope: Scope) => readMirrorState(mirror, scope, clock);

  const syncing = new Map<string, Promise<Synced>>();

  /** Questions that want the same wait for one sync. It goes on when their budget is spent: the next one finds what it brought. */
  function syncShared(want: Want): Promise<Synced> {
    const key = JSON.stringify(want);
    const running = syncing.get(key);
    if (running) return running;
    const begun = thread.ask(want, { signal: new AbortController().signal }).finally(() => syncing.delete(key));
    syncing.set(key, begun);
    return begun;
  }

  /** @returns undefined when the budget is spent first. */
  async function withinBudget(synced: Promise<Synced>): Promise<Synced | undefined> {
    // Whoever never waits does not wait for a timer either: it takes a millisecond, a third of such an answer.
    if (liveBudgetMs === 0) return undefined;
    const done = new AbortController();
    const late = clock.sleep(liveBudgetMs, done.signal).then(
      () => undefined,
      () => undefined,
    );
    const ended = await Promise.race([synced, late]);
    done.abort();
    return ended;
  }

  /** Asks for a targeted sync, and waits for it within the budget. */
  async function ask(want: Want): Promise<{ isDone: boolean; trouble?: Trouble | undefined; note?: string }> {
    const ended = await withinBudget(syncShared(want));
    if (ended === undefined) {
      const { closed } = stateOf(await openedReader(), {});
      const trouble = closed ?? lateness(thread.progress());
      return { isDone: false, trouble, note: trouble.message };
    }
    const { trouble } = ended;
    return { isDone: trouble === undefined, trouble, ...(trouble ? { note: trouble.message } : {}) };
  }

  let toldOfCall = Number.NEGATIVE_INFINITY;

  /** The syncer's thread hears of one call a second at most: to wake it takes longer than many an answer. */
  function called(): void {
    const now = clock.monotonic();
    if (now - toldOfCall < callMs) return;
    toldOfCall = now;
    thread.called();
  }

  /** Adds what any answer tells besides: what became of the file, and by whose clock it counts. */
  function told<Told extends Omit<Ensured, 'time'>>(mirror: Reader, ensured: Told): Told & Pick<Ensured, 'time'> {
    const time = serverTime(mirror, clock.now());
    const freshness = reading.tell(ensured.freshness, mirror);
    if (time.unknown === undefined) return { ...ensured, time, freshness };
    const notes = [freshness.note, clockSentence(time.unknown)].filter((note) => note !== undefined);
    return { ...ensured, time, freshness: { ...freshness, note: notes.join(' ') } };
  }

  /** What to tell of an answer that needs no sync, or would wait for one in vain; undefined: it is worth one. */
  function withoutAsking(
    mirror: Reader,
    { scope, isHeld, isFinal = false, key }: Question,
  ): Omit<Ensured, 'time'> | undefined {
    const [state, held, now] = [stateOf(mirror, scope), isHeld(mirror), clock.now()];
    if (held && (isFinal || isFresh(state, now, pollMs)))
      return { freshness: freshnessOf(state, now, pollMs, undefined), trouble: state.trouble };
    const missed = held || key === undefined ? undefined : misses.find(key);
    const inVain = missed ?? whyInVain(state, now, pollMs);
    if (!inVain) return undefined;
    const note = inVain.kind === 'not_found' ? undefined : inVain.message;
    return { freshness: freshnessOf(state, now, pollMs, { isDone: false, note }), trouble: inVain };
  }

  /** Answers at once, if that is good enough, or else after a sync of what is wanted; each from one snapshot of the mirror. */
  async function ensure<Asked extends Question, Answer>(
    questionOf: (mirror: Reader) => Asked,
    answer: (mirror: Reader, ensured: Ensured, question: Asked) => Answer,
  ): Promise<Answer> {
    called();
    const before = await openedReader();
    const first = inSnapshot(before, () => {
      const question = questionOf(before);
      const ensured = withoutAsking(before, question);
      if (!ensured) return { isAnswered: false, question } as const;
      return { isAnswered: true, answer: answer(before, told(before, ensured), question) } as const;
    });
    if (first.isAnswered) return first.answer;
    const { want, isHeld, key } = first.question;
    const { isDone, trouble, note } = await ask(want);
    const reader = await openedReader();
    return inSnapshot(reader, () => {
      if (key !== undefined && isDone && !isHeld(reader)) misses.add(key, { kind: 'not_found', message: '' });
      if (key !== undefined && trouble?.kind === 'not_found') misses.add(key, trouble);
      const question = questionOf(reader);
      const after = stateOf(reader, question.scope);
      // That the API lacks the thing asked about is the answer's matter, and no trouble of the mirror's.
      const said = trouble?.kind === 'not_found' ? undefined : note;
      const freshness = freshnessOf(after, clock.now(), pollMs, { isDone, note: said });
      return answer(reader, told(reader, { freshness, trouble: trouble ?? after.trouble }), question);
    });
  }

  const isFleetFresh = (mirror: Reader) => isFresh(stateOf(mirror, {}), clock.now(), pollMs);

  const asItIs: Ensure['asItIs'] = async (answer) => {
    called();
    const mirror = await openedReader();
    return inSnapshot(mirror, () => {
      const state = stateOf(mirror, {});
      const freshness = freshnessOf(state, clock.now(), pollMs, undefined);
      return answer(mirror, told(mirror, { freshness, trouble: state.trouble }));
    });
  };

  const refresh: Ensure['refresh'] = async (agentId, options) => {
    called();
    thread.begin();
    await thread.opened;
    const want: Want = agentId === undefined ? { of: 'fleet' } : { of: 'agent', id: agentId };
    const { trouble, passed } = await thread.ask(want, { ...options, anew: true });
    const mirror = await openedReader();
    const state = stateOf(mirror, { agentId });
    const asked = { isDone: trouble === undefined, note: trouble?.message };
    return told(mirror, { freshness: freshnessOf(state, clock.now(), pollMs, asked), trouble, passed });
  };

  const begunAt = clock.monotonic();

  const isPolled: Ensure['isPolled'] = async () => {
    const isDown = thread.failure() !== undefined;
    if (!isDown && clock.monotonic() - begunAt < startMs) return true;
    try {
      const poller = pollerOf(await openedReader(), clock.now());
      // The lease of a thread that died stands for a while.
      return poller !== null && !(isDown && poller.pid === process.pid);
    } catch {
      // No mirror can be read, and so none is kept up to date.
      return false;
    }
  };

  return {
    pollMs,
    opened: thread.opened,
    reader: openedReader,
    mend: reading.mend,
    fleet: (answer) => ensure(() => fleetQuestion, answer),
    agent: (meant, answer) =>
      ensure(
        (mirror) => agentQuestion(mirror, meant(mirror), isFleetFresh),
        (mirror, ensured, { id }) => answer(mirror, ensured, id),
      ),
    run: (meant, answer) =>
      ensure(
        (mirror) => runQuestion(mirror, meant(mirror)),
        (mirror, ensured, { id }) => answer(mirror, ensured, id),
      ),
    signal: (id, agent, answer) => ensure((mirror) => signalQuestion(mirror, id, agent?.(mirror)), answer),
    asItIs,
    refresh,
    isPolled,
    stop: async () => {
      stopped.abort();
      // The connection that writes is to close last: it leaves the file whole, without a -wal.
      reading.close();
      await thread.stop();
      reading.close();
    },
  };
}
