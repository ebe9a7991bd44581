import { leftOutSentence } from '../agent-choice.ts';
import type { Clock } from '../clock.ts';
import type { Config, Surroundings } from '../config.ts';
import type { Reader } from '../db/open.ts';
import { pollerOf } from '../db/poller.ts';
import { clockSentence, type ServerTime, serverTime } from '../db/server-time.ts';
import { inSnapshot } from '../db/snapshot.ts';
import type { RecordListName } from '../lists/records.ts';
import type { Log } from '../log.ts';
import { type Freshness, freshnessOf, isFresh, readMirrorState, skipReason } from './freshness.ts';
import { lateness, withinBudget } from './live-budget.ts';
import type { Passed, Trouble, Want } from './messages.ts';
import { createMisses } from './misses.ts';
import {
  agentQuestion,
  fleetQuestion,
  type Question,
  recordsQuestion,
  runQuestion,
  signalQuestion,
} from './questions.ts';
import { createReading, type Reading } from './reading.ts';
import { createSyncerThread, type Synced, type SyncerThread, type SyncerThreadDeps } from './syncer-thread.ts';
import type { Progress } from './tally.ts';

/** What the mirror knows about a question, and what kept it from knowing more. */
export interface Ensured {
  freshness: Freshness;
  /** The clock for windows and the ages of rows. */
  time: ServerTime;
  /**
   * Why we could not ask the API; kind `not_found`: it knows no such thing; kind `late`: it has not answered in time.
   */
  trouble?: Trouble | undefined;
}

export interface Refreshed extends Ensured {
  passed?: Passed | undefined;
}

/** Answers a question from one snapshot of the mirror, without waiting for anything. */
export type FromMirror<Answer> = (mirror: Reader, ensured: Ensured) => Answer;

/** The same about one thing; `id` is the id that the question meant. */
export type AboutOne<Answer> = (mirror: Reader, ensured: Ensured, id: string) => Answer;

/** The id that the user means, as far as the mirror knows. @throws when the user's text means no thing. */
export type ReadId = (mirror: Reader) => string;

/**
 * The main thread's side of the syncer. It makes sure that the mirror holds what a question needs, waits no longer than
 * the budget, and answers with how fresh the answer is. It never fails because the API does.
 */
export interface Ensure {
  /** The usual time between two polls, in milliseconds; 0: nothing polls. */
  readonly pollMs: number;
  /** Resolves once the syncer's thread has opened the mirror, or failed to; awaiting it starts nothing. */
  readonly opened: Promise<void>;
  /** The mirror, once it can be read. @throws MirrorError when it can't. */
  reader(): Promise<Reader>;
  /**
   * Handles an error of a query on the reader. @returns whether the file was at fault, so that asking again may help.
   */
  recover(error: unknown): Promise<boolean>;
  fleet<Answer>(answer: FromMirror<Answer>): Promise<Answer>;
  agent<Answer>(readId: ReadId, answer: AboutOne<Answer>): Promise<Answer>;
  run<Answer>(readId: ReadId, answer: AboutOne<Answer>): Promise<Answer>;
  /** About a list beside agents, runs and signals, of an agent or of the organisation. */
  records<Answer>(list: RecordListName, owner: ReadId | undefined, answer: FromMirror<Answer>): Promise<Answer>;
  /** A signal's number alone identifies it; its agent narrows down where to look for one that the mirror lacks. */
  signal<Answer>(id: number, agent: ReadId | undefined, answer: FromMirror<Answer>): Promise<Answer>;
  /** From the mirror as it is, without a sync. */
  asItIs<Answer>(answer: FromMirror<Answer>): Promise<Answer>;
  /**
   * Runs a pass that begins now, over all agents or one, however long it takes.
   * @throws the signal's reason when it aborts; what was committed stays.
   */
  refresh(
    agentId: string | undefined,
    options: { signal: AbortSignal; onProgress: (progress: Progress) => void },
  ): Promise<Refreshed>;
  /** Whether any process polls the API for the mirror; a server that has just started soon will. */
  isPolled(): Promise<boolean>;
  /** Ends the syncer's thread; what it committed stays. */
  stop(): Promise<void>;
}

export interface EnsureDeps {
  clock: Clock;
  log: Log;
  newThread?: SyncerThreadDeps['newThread'];
  config: Pick<Config, 'dbFile' | 'apiUrl' | 'apiKey' | 'pollMs' | 'liveBudgetMs' | 'maxBytes' | 'agents'>;
  /** For the syncer's thread. */
  surroundings: Surroundings;
  /** Gets the progress of passes while a question waits. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** How often we notify the syncer's thread of a call: waking it takes longer than many an answer. */
const callMs = 1000;

/** After this time, a server that has started polls, or another one on its file does. */
const startMs = 60_000;

/** How long the idle syncer's thread waits for the client's first questions to be answered. */
const beginMs = 500;

type Timeless = Omit<Ensured, 'time'>;

interface Ensuring extends Pick<EnsureDeps, 'clock' | 'config' | 'onProgress'> {
  thread: SyncerThread;
  reading: Reading;
  misses: ReturnType<typeof createMisses>;
  /** Running syncs, by what each fetches. */
  syncing: Map<string, Promise<Synced>>;
  begunAt: number;
  /** When we last notified the syncer's thread of a call. */
  notifiedAt?: number;
}

/** Prepares the syncer. Its thread starts when a question first needs it, or after a short delay. */
export function startSyncer({ clock, log, config, surroundings, newThread, onProgress }: EnsureDeps): Ensure {
  const reading: Reading = createReading({ clock, config, thread: () => thread });
  const events = { onBegin: reading.close, onHome: reading.setHome };
  const thread = createSyncerThread(surroundings, events, { clock, log, newThread });
  const misses = createMisses(clock);
  const begunAt = clock.monotonic();
  const ensuring: Ensuring = { clock, config, onProgress, thread, reading, misses, syncing: new Map(), begunAt };
  const stopped = new AbortController();
  clock.sleep(beginMs, stopped.signal).then(thread.begin, () => {});
  const isFleetFresh = (mirror: Reader) => isFresh(readMirrorState(mirror, {}, clock), clock.now(), config.pollMs);
  return {
    pollMs: config.pollMs,
    opened: thread.opened,
    reader: reading.reader,
    recover: reading.recover,
    fleet: (answer) => ensure(ensuring, () => fleetQuestion, answer),
    agent: (readId, answer) =>
      ensure(ensuring, (mirror) => agentQuestion(mirror, readId(mirror), isFleetFresh), withId(answer)),
    run: (readId, answer) => ensure(ensuring, (mirror) => runQuestion(mirror, readId(mirror)), withId(answer)),
    records: (list, owner, answer) =>
      ensure(ensuring, (mirror) => recordsQuestion({ list, owner: owner?.(mirror) ?? '' }), answer),
    signal: (id, agent, answer) => ensure(ensuring, (mirror) => signalQuestion(mirror, id, agent?.(mirror)), answer),
    asItIs: (answer) => asItIs(ensuring, answer),
    refresh: (agentId, options) => refresh(ensuring, agentId, options),
    isPolled: () => isPolled(ensuring),
    stop: async () => {
      stopped.abort();
      // The connection that writes must close last: it leaves the file whole, without a -wal.
      reading.close();
      await thread.stop();
      reading.close();
    },
  };
}

const withId =
  <Answer>(answer: AboutOne<Answer>) =>
  (mirror: Reader, ensured: Ensured, { id }: { id: string }) =>
    answer(mirror, ensured, id);

/**
 * Answers at once if the mirror is good enough, or else after a targeted sync; each answer comes from one snapshot of
 * the mirror.
 */
async function ensure<Asked extends Question, Answer>(
  ensuring: Ensuring,
  questionOf: (mirror: Reader) => Asked,
  answer: (mirror: Reader, ensured: Ensured, question: Asked) => Answer,
): Promise<Answer> {
  const { clock, config, reading, misses } = ensuring;
  noteCall(ensuring);
  const before = await reading.reader();
  const first = inSnapshot(before, () => {
    const question = questionOf(before);
    const ensured = withoutAsking(ensuring, before, question);
    if (!ensured) return { isAnswered: false, question } as const;
    return { isAnswered: true, answer: answer(before, withNotes(ensuring, before, ensured), question) } as const;
  });
  if (first.isAnswered) return first.answer;
  const { want, isHeld, key } = first.question;
  const { isDone, trouble, note } = await ask(ensuring, want);
  const reader = await reading.reader();
  return inSnapshot(reader, () => {
    if (key !== undefined && isDone && !isHeld(reader)) misses.add(key, { kind: 'not_found', message: '' });
    if (key !== undefined && trouble && isSaid(trouble)) misses.add(key, trouble);
    const question = questionOf(reader);
    const after = readMirrorState(reader, question.scope, clock);
    const asked = { isDone, note: trouble && isSaid(trouble) ? undefined : note };
    const freshness = freshnessOf(after, clock.now(), config.pollMs, asked);
    return answer(reader, withNotes(ensuring, reader, { freshness, trouble: trouble ?? after.trouble }), question);
  });
}

/**
 * The notes for an answer that needs no sync, or whose sync would fail or take too long; undefined: a sync is worth it.
 */
function withoutAsking(ensuring: Ensuring, mirror: Reader, question: Question): Timeless | undefined {
  const { clock, config, misses } = ensuring;
  const { pollMs } = config;
  const { scope, isHeld, isFinal, key } = question;
  const [state, held, now] = [readMirrorState(mirror, scope, clock), isHeld(mirror), clock.now()];
  const left = leftOut(config, question);
  if (left) return { freshness: freshnessOf(state, now, pollMs, undefined), trouble: left };
  if (held && (isFinal || isFresh(state, now, pollMs)))
    return { freshness: freshnessOf(state, now, pollMs, undefined), trouble: state.trouble };
  const missed = held || key === undefined ? undefined : misses.find(key);
  const reason = missed ?? skipReason(state, now, pollMs);
  if (!reason) return undefined;
  const note = isSaid(reason) ? undefined : reason.message;
  return { freshness: freshnessOf(state, now, pollMs, { isDone: false, note }), trouble: reason };
}

/** Why the agent that a question names is not mirrored. */
function leftOut({ agents }: EnsureDeps['config'], { names }: Question): Trouble | undefined {
  if (names === undefined || agents.includes(names)) return undefined;
  return { kind: 'left_out', message: leftOutSentence(agents, names) };
}

/** The answer says so itself: it is no trouble of the mirror's. */
const isSaid = ({ kind }: Trouble) => kind === 'not_found' || kind === 'left_out';

/** Adds what every answer says: what happened to the file, and whose clock it uses. */
function withNotes<Bare extends Timeless>({ clock, reading }: Ensuring, mirror: Reader, ensured: Bare) {
  const time = serverTime(mirror, clock.now());
  const freshness = reading.addNotes(ensured.freshness, mirror);
  if (time.unknown === undefined) return { ...ensured, time, freshness };
  const notes = [freshness.note, clockSentence(time.unknown)].filter((note) => note !== undefined);
  return { ...ensured, time, freshness: { ...freshness, note: notes.join(' ') } };
}

/** Asks for a targeted sync, and waits for it within the budget. */
async function ask(ensuring: Ensuring, want: Want): Promise<{ isDone: boolean; trouble?: Trouble; note?: string }> {
  const { clock, thread, reading } = ensuring;
  const ended = await withinBudget(ensuring, syncShared(ensuring, want));
  if (ended && !ended.trouble) return { isDone: true };
  const trouble =
    ended?.trouble ?? readMirrorState(await reading.reader(), {}, clock).closed ?? lateness(thread.progress());
  return { isDone: false, trouble, note: trouble.message };
}

/** Questions that want the same share one sync, which goes on when their budget is spent: the next finds its rows. */
function syncShared({ thread, syncing, onProgress }: Ensuring, want: Want): Promise<Synced> {
  const key = JSON.stringify(want);
  const running = syncing.get(key);
  if (running) return running;
  const { signal } = new AbortController();
  const started = thread.ask(want, { signal, onProgress }).finally(() => syncing.delete(key));
  syncing.set(key, started);
  return started;
}

function noteCall(ensuring: Ensuring): void {
  const now = ensuring.clock.monotonic();
  if (now - (ensuring.notifiedAt ?? Number.NEGATIVE_INFINITY) < callMs) return;
  ensuring.notifiedAt = now;
  ensuring.thread.called();
}

async function asItIs<Answer>(ensuring: Ensuring, answer: FromMirror<Answer>): Promise<Answer> {
  const { clock, config, reading } = ensuring;
  noteCall(ensuring);
  const mirror = await reading.reader();
  return inSnapshot(mirror, () => {
    const state = readMirrorState(mirror, {}, clock);
    const freshness = freshnessOf(state, clock.now(), config.pollMs, undefined);
    return answer(mirror, withNotes(ensuring, mirror, { freshness, trouble: state.trouble }));
  });
}

async function refresh(ensuring: Ensuring, ...[agentId, options]: Parameters<Ensure['refresh']>): Promise<Refreshed> {
  const { clock, config, thread, reading } = ensuring;
  noteCall(ensuring);
  thread.begin();
  await thread.opened;
  const want: Want = agentId === undefined ? { of: 'fleet' } : { of: 'agent', id: agentId };
  const onProgress = (progress: Progress) => {
    options.onProgress(progress);
    ensuring.onProgress?.(progress);
  };
  const { trouble, passed } = await thread.ask(want, { ...options, onProgress, newPass: true });
  const mirror = await reading.reader();
  const asked = { isDone: trouble === undefined, note: trouble?.message };
  const freshness = freshnessOf(readMirrorState(mirror, { agentId }, clock), clock.now(), config.pollMs, asked);
  return withNotes(ensuring, mirror, { freshness, trouble, passed });
}

async function isPolled({ clock, thread, reading, begunAt }: Ensuring): Promise<boolean> {
  const isDown = thread.failure() !== undefined;
  if (!isDown && clock.monotonic() - begunAt < startMs) return true;
  try {
    const poller = pollerOf(await reading.reader(), clock.now());
    // The lease of a dead thread lasts for a while.
    return poller !== null && !(isDown && poller.pid === process.pid);
  } catch {
    // No mirror is readable, so no process keeps one up to date.
    return false;
  }
}
