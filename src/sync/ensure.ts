import { Worker } from 'node:worker_threads';
import { eq } from 'drizzle-orm';
import type { Clock } from '../clock.ts';
import type { Config, Surroundings } from '../config.ts';
import { MirrorError } from '../errors.ts';
import { openReader, type Reader } from '../mirror/open.ts';
import { agents, runs } from '../mirror/schema.ts';
import { type Freshness, freshnessOf, isFresh, isKnownDown, readMirrorState, type Scope } from './freshness.ts';
import { type FromSyncer, fromSyncer, type ToSyncer, type Trouble, type Want } from './messages.ts';

/**
 * The main thread's side of the syncer. It sees to it that the mirror holds what a question needs, waits for that no
 * longer than the budget, and tells how fresh the answer will be. It never fails because the API does.
 */
export interface Ensure {
  /** The mirror, once it can be read. @throws MirrorError when it can't. */
  reader(): Promise<Reader>;
  fleet(): Promise<Freshness>;
  agent(agentId: string): Promise<Freshness>;
  run(runId: string): Promise<Freshness>;
  /** Ends the syncer's thread; what it committed stays. */
  stop(): Promise<void>;
}

export interface EnsureDeps {
  clock: Clock;
  config: Pick<Config, 'dbFile' | 'apiUrl' | 'apiKey' | 'pollMs' | 'liveBudgetMs'>;
  /** Handed on to the syncer's thread. */
  surroundings: Surroundings;
}

/** A thread that has not ended by then is ended. */
const stopMs = 3000;

type Asked = { ended: 'done' | 'late' | 'failed'; note?: string | undefined };

/** Starts the syncer's thread, with the poller in it. */
export function startSyncer({ clock, config, surroundings }: EnsureDeps): Ensure {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: surroundings });
  const waiting = new Map<number, (trouble: Trouble | undefined) => void>();
  let reader: Reader | undefined;
  let lastAsk = 0;
  let progress = '';
  let failure: Trouble | undefined;
  let resolveOpened = () => {};
  const opened = new Promise<void>((resolve) => {
    resolveOpened = resolve;
  });

  function fail(trouble: Trouble): void {
    failure ??= trouble;
    resolveOpened();
    for (const resolve of waiting.values()) resolve(trouble);
    waiting.clear();
  }

  function hear(message: FromSyncer): void {
    if (message.say === 'failed') fail(message.trouble);
    else if (message.say === 'progress') progress = `${message.rows} of about ${message.rowsTotal} rows so far`;
    else if (message.say === 'synced') {
      waiting.get(message.ask)?.(message.trouble);
      waiting.delete(message.ask);
    } else {
      reader?.close();
      reader = undefined;
      resolveOpened();
    }
  }

  worker.on('message', (message: unknown) => hear(fromSyncer.parse(message)));
  worker.on('error', (error) => fail({ kind: 'bug', message: `the syncer failed: ${error.message}` }));
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      fail({ kind: 'bug', message: 'the syncer has ended' });
      resolve();
    });
  });

  const tell = (message: ToSyncer) => worker.postMessage(message);

  async function openedReader(): Promise<Reader> {
    await opened;
    if (reader) return reader;
    try {
      reader = openReader(config.dbFile, config);
    } catch (error) {
      // Why the syncer could not open the file says more than that it is not there.
      if (failure) throw new MirrorError('unusable', failure.message, { cause: error });
      throw error;
    }
    return reader;
  }

  /** Asks for a targeted sync, and waits for it within the budget. */
  async function ask(want: Want): Promise<Asked> {
    if (failure) return { ended: 'failed', note: failure.message };
    lastAsk += 1;
    const number = lastAsk;
    const done = new AbortController();
    const synced = new Promise<Trouble | undefined>((resolve) => waiting.set(number, resolve));
    const late = clock.sleep(config.liveBudgetMs, done.signal).then(
      () => 'late' as const,
      () => 'late' as const,
    );
    tell({ say: 'sync', ask: number, want });
    const ended = await Promise.race([synced, late]);
    done.abort();
    if (ended === 'late') {
      return { ended, note: `the API has not told all yet${progress && ` (${progress})`}; ask again in a moment` };
    }
    return ended ? { ended: 'failed', note: ended.message } : { ended: 'done' };
  }

  /** Syncs what is wanted unless that is not needed, or known to be in vain; then tells the freshness. */
  async function ensure(
    scopeOf: (reader: Reader) => Scope,
    want: Want,
    isHeld: (reader: Reader, isFleetFresh: boolean) => boolean,
  ): Promise<Freshness> {
    const before = await openedReader();
    const state = readMirrorState(before, scopeOf(before));
    const now = clock.now();
    const skip = isHeld(before, isFresh(state, now, config.pollMs)) || isKnownDown(state, now, config.pollMs);
    if (skip) return freshnessOf(state, now, config.pollMs, undefined);
    const asked = await ask(want);
    const after = await openedReader();
    return freshnessOf(readMirrorState(after, scopeOf(after)), clock.now(), config.pollMs, asked);
  }

  const knowsAgent = ({ db }: Reader, agentId: string) =>
    db.select({ id: agents.id }).from(agents).where(eq(agents.agentId, agentId)).get() !== undefined;

  const scopeOfRun = ({ db }: Reader, runId: string): Scope =>
    db
      .select({ agentId: agents.agentId })
      .from(runs)
      .innerJoin(agents, eq(agents.id, runs.agent))
      .where(eq(runs.runId, runId))
      .get() ?? {};

  /** A run that has ended and whose detail is here never changes again. */
  const holdsRun = ({ db }: Reader, runId: string) => {
    const run = db.select().from(runs).where(eq(runs.runId, runId)).get();
    return run !== undefined && run.detailAt !== null && run.pass !== null;
  };

  return {
    reader: openedReader,
    fleet: () =>
      ensure(
        () => ({}),
        { of: 'fleet' },
        (_, fresh) => fresh,
      ),
    agent: (id) =>
      ensure(
        () => ({ agentId: id }),
        { of: 'agent', id },
        (mirror, fresh) => fresh && knowsAgent(mirror, id),
      ),
    run: (id) =>
      ensure(
        (mirror) => scopeOfRun(mirror, id),
        { of: 'run', id },
        (mirror) => holdsRun(mirror, id),
      ),
    stop: async () => {
      tell({ say: 'stop' });
      const timer = setTimeout(() => void worker.terminate(), stopMs);
      await exited;
      clearTimeout(timer);
      reader?.close();
    },
  };
}
