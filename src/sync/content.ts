import type { Clock } from '../clock.ts';
import type { ContentMode } from '../config.ts';
import { isLock } from '../db/faults.ts';
import type { Log } from '../log.ts';
import { beforeAll, rehashedKinds } from '../mirror/rehash.ts';
import type { Store } from '../mirror/store.ts';
import { tailBegun } from './transitions.ts';

export interface ContentDeps {
  store: Store;
  clock: Pick<Clock, 'sleep'>;
  log: Log;
  /** What DUNETRACE_CONTENT says. */
  mode: ContentMode;
}

/** The pause between two transactions, so that other work gets the thread and the file. */
const breathMs = 5;

/**
 * Makes the mirror follow DUNETRACE_CONTENT. Under `keep` what comes from now on is stored as it is, and what is there is
 * fetched again. Under `hash` the texts that were kept are hashed and removed at once; a crash, or a process that reads
 * the old state, leaves that to the next pass.
 */
export async function followContent(deps: ContentDeps, signal: AbortSignal): Promise<void> {
  const { store, log, mode } = deps;
  const { content } = store;
  if (mode === 'keep' && content.state() !== 'keep') {
    store.write(() => {
      content.keep();
      store.records.expireAll();
      const pass = store.syncState.nextPass();
      const begun = store.syncState.all().filter(({ phase }) => phase.is !== 'never read');
      for (const state of begun) store.syncState.save(tailBegun(state, pass));
    });
    log.info('texts are kept from now on (DUNETRACE_CONTENT=keep); what was hashed is fetched again');
  } else if (mode === 'hash' && content.mayHoldTexts()) await hashAll(deps, signal);
}

async function hashAll({ store, clock, log }: ContentDeps, signal: AbortSignal): Promise<void> {
  const { content } = store;
  store.write(() => content.hash());
  for (const kind of rehashedKinds) {
    let last: number | undefined = beforeAll;
    while (last !== undefined) {
      const after: number = last;
      // What another process keeps meanwhile is not ours to hash now: the next pass begins again.
      last = store.write(() => (content.state() === 'hashing' ? content.hashSome(kind, after) : undefined));
      await clock.sleep(breathMs, signal);
    }
  }
  store.write(() => store.removeUnusedExplanations());
  const removed = purge(store);
  if (removed === undefined) {
    log.warn(
      `texts that were kept are hashed, and what is left of them in the file is removed after the next pass: another process has ${store.file} in use`,
    );
    return;
  }
  const asides = removed.length === 0 ? '' : `; mirrors that were moved aside are deleted: ${removed.join(', ')}`;
  log.info(`texts that were kept are hashed, and removed from ${store.file} (DUNETRACE_CONTENT=hash)${asides}`);
}

function purge({ content }: Store): string[] | undefined {
  try {
    return content.purge();
  } catch (error) {
    if (isLock(error)) return undefined;
    throw error;
  }
}
