import { eq, sql } from 'drizzle-orm';
import type { Clock } from '../clock.ts';
import type { Config, Surroundings } from '../config.ts';
import type { Reader } from '../mirror/open.ts';
import { agents, runs, signals } from '../mirror/schema.ts';
import { numberOfAgent } from '../queries/agent-number.ts';
import { prepared } from '../queries/prepared.ts';
import { inSnapshot } from '../queries/snapshot.ts';
import { type Freshness, freshnessOf, isFresh, readMirrorState, type Scope, whyInVain } from './freshness.ts';
import type { Passed, Trouble, Want } from './messages.ts';
import { createMisses } from './misses.ts';
import { createReading } from './reading.ts';
import { createSyncerThread, type Synced } from './syncer-thread.ts';
import type { Progress } from './tally.ts';

/** What the mirror can tell about a question, and what kept it from telling more. */
export interface Ensured {
  freshness: Freshness;
  /** Why the API could not be asked; of kind `not_found`: it knows no such thing; `late`: it has not answered in time. */
  trouble?: Trouble | undefined;
}

export interface Refreshed extends Ensured {
  passed?: Passed | undefined;
}

/**
 * The main thread's side of the syncer. It sees to it that the mirror holds what a question needs, waits for that no
 * longer than the budget, and tells how fresh the answer will be. It never fails because the API does.
 */
export interface Ensure {
  /** Resolves once the syncer's thread has opened the mirror, or failed to; waiting for it hurries nothing. */
  readonly opened: Promise<void>;
  /** The mirror, once it can be read. @throws MirrorError when it can't. */
  reader(): Promise<Reader>;
  /** After an error of a query on the reader: @returns whether the file was at fault, so that asking again may help. */
  mend(error: unknown): Promise<boolean>;
  fleet(): Promise<Ensured>;
  agent(agentId: string): Promise<Ensured>;
  run(runId: string): Promise<Ensured>;
  /** A signal is known by its number alone; `agentId` narrows down where to look for one that the mirror lacks. */
  signal(id: number, agentId?: string): Promise<Ensured>;
  /** The state of the whole mirror, as it is: nothing is synced. */
  asItIs(): Promise<Ensured>;
  /**
   * A pass that begins now, over all agents or one, however long it takes.
   * @throws the signal's reason when it aborts; what was committed stays.
   */
  refresh(
    agentId: string | undefined,
    options: { signal: AbortSignal; onProgress: (progress: Progress) => void },
  ): Promise<Refreshed>;
  /** Ends the syncer's thread; what it committed stays. */
  stop(): Promise<void>;
}

export interface EnsureDeps {
  clock: Clock;
  config: Pick<Config, 'dbFile' | 'apiUrl' | 'apiKey' | 'pollMs' | 'liveBudgetMs'>;
  /** Handed on to the syncer's thread. */
  surroundings: Surroundings;
}

/** A question, as far as the mirror's state and a sync are concerned. */
interface Question {
  scope: Scope;
  want: Want;
  /** Whether the mirror holds the thing asked about; a list of things is always held. */
  isHeld: (reader: Reader) => boolean;
  /** Whether what it holds can't have changed since. */
  isFinal?: boolean;
  /** What a thing that the API does not have is remembered by. */
  key?: string;
}

const runNamed = prepared((db) =>
  db
    .select({ agentId: agents.agentId, pass: runs.pass, detailAt: runs.detailAt })
    .from(runs)
    .innerJoin(agents, eq(agents.id, runs.agent))
    .where(eq(runs.runId, sql.placeholder('runId')))
    .prepare(),
);
const signalNumbered = prepared((db) =>
  db
    .select({ agentId: agents.agentId })
    .from(signals)
    .innerJoin(agents, eq(agents.id, signals.agent))
    .where(eq(signals.key, sql.placeholder('key')))
    .prepare(),
);

const callMs = 1000;

/** How long the syncer's thread, which nobody has asked for anything, waits for the client's first questions to be answered. */
const beginMs = 500;

const budgetSpent = Symbol('the budget is spent');

/** What came of a sync that goes on while its question is answered. */
function lateness(far: Progress | undefined): Trouble {
  const soFar = far ? ` (${far.rows} of about ${far.rowsTotal} rows so far)` : '';
  return { kind: 'late', message: `the API has not told all yet${soFar}; ask again in a moment` };
}

/** Starts the syncer, in a thread that begins when it is first needed, or in a moment. */
export function startSyncer({ clock, config, surroundings }: EnsureDeps): Ensure {
  const { pollMs, liveBudgetMs } = config;
  const misses = createMisses(clock);
  const reading = createReading({ clock, config, thread: () => thread });
  const thread = createSyncerThread(surroundings, { onBegin: reading.close, onHome: reading.hear });
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

  /** Asks for a targeted sync, and waits for it within the budget. */
  async function ask(want: Want): Promise<{ isDone: boolean; trouble?: Trouble | undefined; note?: string }> {
    const done = new AbortController();
    const synced = syncShared(want);
    const late = clock.sleep(liveBudgetMs, done.signal).then(
      () => budgetSpent,
      () => budgetSpent,
    );
    const ended = await Promise.race([synced, late]);
    done.abort();
    if (typeof ended === 'symbol') {
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

  /** Syncs what is wanted unless that is not needed, or known to be in vain; then tells the freshness. */
  async function ensure(questionOf: (reader: Reader) => Question): Promise<Ensured> {
    called();
    const before = await openedReader();
    const { question, state, held } = inSnapshot(before, () => {
      const asked = questionOf(before);
      return { question: asked, state: stateOf(before, asked.scope), held: asked.isHeld(before) };
    });
    const { want, isHeld, isFinal = false, key } = question;
    const now = clock.now();
    if (held && (isFinal || isFresh(state, now, pollMs))) {
      return { freshness: freshnessOf(state, now, pollMs, undefined), trouble: state.trouble };
    }
    const missed = held || key === undefined ? undefined : misses.find(key);
    const inVain = missed ?? whyInVain(state, now, pollMs);
    if (inVain) {
      const note = inVain.kind === 'not_found' ? undefined : inVain.message;
      return { freshness: freshnessOf(state, now, pollMs, { isDone: false, note }), trouble: inVain };
    }
    const { isDone, trouble, note } = await ask(want);
    const reader = await openedReader();
    if (key !== undefined && isDone && !isHeld(reader)) misses.add(key, { kind: 'not_found', message: '' });
    if (key !== undefined && trouble?.kind === 'not_found') misses.add(key, trouble);
    const after = stateOf(reader, questionOf(reader).scope);
    // That the API lacks the thing asked about is the answer's matter, and no trouble of the mirror's.
    const told = trouble?.kind === 'not_found' ? undefined : note;
    const freshness = freshnessOf(after, clock.now(), pollMs, { isDone, note: told });
    return { freshness, trouble: trouble ?? after.trouble };
  }

  const knowsAgent = (mirror: Reader, agentId: string) => numberOfAgent(mirror, agentId) > 0;

  function agentQuestion(mirror: Reader, agentId: string): Question {
    const isHeld = (now: Reader) => knowsAgent(now, agentId);
    // An agent that a fresh mirror does not know can only turn up in the agents list, which all may share.
    const isNew = !isHeld(mirror) && isFresh(stateOf(mirror, {}), clock.now(), pollMs);
    const want: Want = isNew ? { of: 'fleet' } : { of: 'agent', id: agentId };
    return { scope: { agentId }, want, isHeld, key: `agent ${agentId}` };
  }

  function runQuestion(mirror: Reader, runId: string): Question {
    const run = runNamed(mirror).get({ runId });
    // A run that has ended and whose detail is here never changes again.
    const isHeld = (now: Reader) => runNamed(now).get({ runId })?.detailAt != null;
    const isFinal = run?.pass != null;
    return { scope: { agentId: run?.agentId }, want: { of: 'run', id: runId }, isHeld, isFinal, key: `run ${runId}` };
  }

  function signalQuestion(mirror: Reader, id: number, named?: string): Question {
    const held = signalNumbered(mirror).get({ key: -id });
    const agentId = held?.agentId ?? (named !== undefined && knowsAgent(mirror, named) ? named : undefined);
    const want: Want = agentId === undefined ? { of: 'fleet' } : { of: 'agent', id: agentId };
    // An agent's own list says nothing about the others'.
    const key = `signal ${id} of ${agentId ?? 'any'}`;
    return { scope: { agentId }, want, isHeld: (now) => signalNumbered(now).get({ key: -id }) !== undefined, key };
  }

  async function told<Told extends Ensured>(asked: Promise<Told>): Promise<Told> {
    const ensured = await asked;
    return { ...ensured, freshness: reading.tell(ensured.freshness) };
  }

  async function asItIs(): Promise<Ensured> {
    called();
    const state = stateOf(await openedReader(), {});
    return { freshness: freshnessOf(state, clock.now(), pollMs, undefined), trouble: state.trouble };
  }

  const refresh: Ensure['refresh'] = async (agentId, options) => {
    called();
    thread.begin();
    await thread.opened;
    const want: Want = agentId === undefined ? { of: 'fleet' } : { of: 'agent', id: agentId };
    const { trouble, passed } = await thread.ask(want, { ...options, anew: true });
    const state = stateOf(await openedReader(), { agentId });
    const asked = { isDone: trouble === undefined, note: trouble?.message };
    return { freshness: freshnessOf(state, clock.now(), pollMs, asked), trouble, passed };
  };

  return {
    opened: thread.opened,
    reader: openedReader,
    mend: reading.mend,
    fleet: () => told(ensure(() => ({ scope: {}, want: { of: 'fleet' }, isHeld: () => true }))),
    agent: (agentId) => told(ensure((mirror) => agentQuestion(mirror, agentId))),
    run: (runId) => told(ensure((mirror) => runQuestion(mirror, runId))),
    signal: (id, agentId) => told(ensure((mirror) => signalQuestion(mirror, id, agentId))),
    asItIs: () => told(asItIs()),
    refresh: (agentId, options) => told(refresh(agentId, options)),
    stop: async () => {
      stopped.abort();
      // The connection that writes is to close last: it leaves the file whole, without a -wal.
      reading.close();
      await thread.stop();
      reading.close();
    },
  };
}
