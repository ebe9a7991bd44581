import type { Mirror } from '../db/open.ts';
import { bindKey, type Owner } from '../db/owner.ts';
import { usedBytes } from '../db/size.ts';
import type { ListName } from '../lists/names.ts';
import { type AgentStore, createAgentStore } from './agents.ts';
import { type ApiStateStore, createApiStateStore } from './api-state.ts';
import { createChanges } from './changes.ts';
import { checkpoint } from './checkpoint.ts';
import { type ContentStore, createContentStore } from './content.ts';
import { createDetailStore, type DetailStore } from './details.ts';
import { createDictionary } from './dictionary.ts';
import { createEvidenceStore } from './evidence.ts';
import { createExplanationStore } from './explanations.ts';
import { createLeaseStore, type Holder, type LeaseStore } from './lease.ts';
import type { ListStore } from './list-store.ts';
import { createRecordStore, type RecordStore } from './records.ts';
import { createRequestLog, type RequestLog } from './request-log.ts';
import { createRunEventStore, type RunEventStore } from './run-events.ts';
import { createRunStore, type RunStore } from './runs.ts';
import { createServerHealthStore, type ServerHealthStore } from './server-health.ts';
import { createSharedIdStore, type SharedIdStore } from './shared-ids.ts';
import { createSignalCounts } from './signal-counts.ts';
import { createSignalStore, type SignalStore } from './signals.ts';
import { createSyncStateStore, type SyncStateStore } from './sync-state.ts';

/** Every write that the mirror takes. */
export interface Store {
  readonly file: string;
  readonly agents: AgentStore;
  readonly runs: RunStore;
  readonly signals: SignalStore;
  /** The same by the names of their lists. */
  readonly lists: Readonly<Record<ListName, ListStore>>;
  readonly runEvents: RunEventStore;
  readonly details: DetailStore;
  readonly serverHealth: ServerHealthStore;
  readonly records: RecordStore;
  readonly syncState: SyncStateStore;
  readonly sharedIds: SharedIdStore;
  readonly content: ContentStore;
  readonly lease: LeaseStore;
  /** Removes the explanations that no signal has, in the transaction under way. @returns how many. */
  removeUnusedExplanations(): number;
  readonly apiState: ApiStateStore;
  readonly requestLog: RequestLog;
  /** The API has accepted the owner's key. @throws MirrorError when it has accepted another one for this file. */
  bindKey(owner: Owner): void;
  /** Runs `work` in one IMMEDIATE transaction: all of it is committed, or nothing. */
  write<Result>(work: () => Result): Result;
  /** Something that answers go by has changed, though no row of a list has: the revision moves. In a transaction. */
  noteChange(): void;
  /** Bytes that the rows and indexes take. */
  usedBytes(): number;
  /** Whether another process keeps the file locked at this moment. */
  isLocked(): boolean;
  /** Keeps the write-ahead log small; never waits. */
  checkpoint(): void;
  close(): void;
}

export function createStore(mirror: Mirror): Store {
  const { sqlite } = mirror;
  const changes = createChanges(sqlite);
  const dictionary = createDictionary(mirror);
  const explanations = createExplanationStore(mirror, dictionary);
  const evidence = createEvidenceStore(mirror);
  const runs = createRunStore(mirror, dictionary, changes);
  const counts = createSignalCounts(mirror, changes);
  const signals = createSignalStore(mirror, { dictionary, explanations, evidence, changes, runs, counts });
  const records = createRecordStore(mirror, changes);
  let seen: unknown;

  function forget(): void {
    for (const part of [dictionary, explanations, evidence, changes]) part.forget();
  }

  /** What another process has committed may have removed explanations that are remembered here. */
  function forgetIfOthersWrote(): void {
    const version = sqlite.pragma('data_version', { simple: true });
    if (version !== seen) forget();
    seen = version;
  }

  function write<Result>(work: () => Result): Result {
    // A part of the transaction around it.
    if (sqlite.inTransaction) return work();
    try {
      return mirror.write(() => {
        forgetIfOthersWrote();
        const result = work();
        explanations.store();
        evidence.store();
        changes.settle();
        return result;
      });
    } catch (error) {
      forget();
      throw error;
    }
  }

  return {
    file: mirror.file,
    agents: createAgentStore(mirror, changes),
    runs,
    signals,
    lists: { runs, signals },
    runEvents: createRunEventStore(mirror, dictionary, changes),
    details: createDetailStore(mirror),
    serverHealth: createServerHealthStore(mirror, changes),
    records,
    syncState: createSyncStateStore(mirror),
    sharedIds: createSharedIdStore(mirror),
    removeUnusedExplanations: explanations.removeUnused,
    content: createContentStore(mirror, { explanations, evidence, records, changes }),
    lease: createLeaseStore(mirror),
    apiState: createApiStateStore(mirror),
    requestLog: createRequestLog(mirror),
    write,
    noteChange: changes.other,
    usedBytes: () => usedBytes(mirror),
    isLocked: mirror.isLocked,
    bindKey: (owner) => mirror.write(() => bindKey(mirror.file, mirror.db, owner)),
    checkpoint: () => checkpoint(mirror),
    close: mirror.close,
  };
}

/** The store as the poller may use it: a write without the lease throws LostLeaseError, and leaves nothing behind. */
export function createFencedStore(store: Store, who: Holder): Store {
  const write: Store['write'] = (work) =>
    store.write(() => {
      store.lease.demand(who);
      return work();
    });
  return { ...store, write };
}
